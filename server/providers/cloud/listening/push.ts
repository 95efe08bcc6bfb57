import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import { cleanText } from '../../../lib/json.ts'
import type { CloudRoad } from '../../cloud-setup.ts'
import type { Push, RawReply, RawRequest } from '../../provider.ts'
import { streams } from '../reading/pieces.ts'

const webhook = '/api/v1/integrations/whatsapp/webhook'

/** Meta sends at most 3 MB (`protocol/meta.md` 0.2). */
const largest = 4 * 1024 * 1024

/**
 * What Meta sends us (`protocol/meta.md` 4): once a question whether we are who was entered there, then deliveries that are signed over the
 * bytes as they are. Nothing is refused for what it says: it would come again and again, and then be gone for ever.
 */
export function createPush(config: Pick<CloudRoad, 'appSecrets' | 'verifyToken'>): Push {
  return {
    matches: (method, path) => path === webhook && (method === 'GET' || method === 'POST'),
    receive: (request) => (request.method === 'GET' ? verify(config.verifyToken, request) : receive(config.appSecrets, request)),
  }
}

function verify(token: string, { query }: RawRequest): RawReply {
  const given = query['hub.verify_token'] ?? ''
  const isRight = token !== '' && timingSafeEqual(digest(given), digest(token))
  if (!isRight || query['hub.mode'] !== 'subscribe') return { reject: 403, reply: problem('This is not the verify token of this server.') }
  return { answer: (query['hub.challenge'] ?? '').slice(0, 1_024), plain: true }
}

function receive(secrets: readonly string[], { headers, body }: RawRequest): RawReply {
  if (body.byteLength > largest) return { reject: 400, reply: problem('No delivery is as long as this.') }
  const given = /^sha256=([0-9a-f]{64})$/i.exec(headers['x-hub-signature-256'] ?? '')?.[1]
  if (given === undefined) return { reject: 401, reply: problem('The delivery is not signed.') }
  const signature = Buffer.from(given, 'hex')
  // All are compared, so that the time tells nothing.
  const right = secrets.filter((secret) => secret !== '' && timingSafeEqual(createHmac('sha256', secret).update(body).digest(), signature))
  if (right.length === 0) return { reject: 403, reply: problem('The signature is not that of the app that is entered here.') }
  const key = createHash('sha256').update(body).digest('hex')
  return { accept: { stream: streams.webhook, key, body: cleanText(Buffer.from(body).toString('utf8')) }, reply: '{}' }
}

function digest(value: string): Buffer {
  return createHash('sha256').update(value).digest()
}

function problem(error: string): string {
  return JSON.stringify({ error })
}
