import { createHash, timingSafeEqual } from 'node:crypto'
import type { Push, RawReply, RawRequest } from '../../provider.ts'
import type { MatrixConfig } from '../config.ts'
import { isFields } from '../../../lib/fields.ts'
import { withoutLoginCodes } from '../linking/login-codes.ts'
import { streams } from '../reading/pieces.ts'

type Tokens = Pick<MatrixConfig, 'hsToken' | 'bridgeAsToken' | 'botUserId'>

const webhook = '/api/v1/integrations/matrix/webhook'
const appservice = /^(?:\/api\/v1\/integrations\/matrix\/webhook)?\/_matrix\/app\/v1\/(transactions|users|rooms|thirdparty|ping)(?:\/|$)/

/**
 * What the homeserver sends to our application service (protocol/homeserver.md 3.4, 3.6) and the bridge to its state and
 * checkpoint addresses (protocol/bridge.md 6.1, 7.2). Each knows its caller by its own token. `onRecount` hears when the homeserver has
 * begun to count its transactions anew, as one on SQLite does when it is restarted.
 */
export function createPush(tokens: Tokens, onRecount: () => void = () => {}): Push {
  let latest = 0
  return {
    matches: (method, path) => appservice.test(path) || (method === 'POST' && path === webhook),
    receive(request) {
      if (request.path === webhook) return receiveReport(tokens, request)
      const reply = receiveFromHomeserver(tokens, request)
      if ('accept' in reply) note(/\/transactions\/(\d{1,15})$/.exec(request.path)?.[1])
      return reply
    },
  }

  function note(id: string | undefined): void {
    if (id === undefined) return
    if (Number(id) < latest) onRecount()
    latest = Number(id)
  }
}

function receiveFromHomeserver(tokens: Tokens, request: RawRequest): RawReply {
  const refused = refusal(request, [tokens.hsToken])
  if (refused !== undefined) return refused
  const what = appservice.exec(request.path)?.[1]
  if (what === 'ping' && request.method === 'POST') return { answer: '{}' }
  if (what === 'transactions' && request.method === 'PUT') return keep(tokens, request, streams.push)
  // Every account of ours is made by us before anybody can invite it, so one that the homeserver does not know is not ours.
  if ((what === 'users' || what === 'rooms' || what === 'thirdparty') && request.method === 'GET') {
    return { answer: problem('M_NOT_FOUND', 'Nothing of this name is here'), status: 404 }
  }
  return { answer: problem('M_UNRECOGNIZED', 'There is nothing at this address'), status: 404 }
}

function receiveReport(tokens: Tokens, request: RawRequest): RawReply {
  const fromBridge = refusal(request, [tokens.bridgeAsToken])
  const fromHomeserver = refusal(request, [tokens.hsToken])
  if (fromBridge === undefined) return keep(tokens, request, streams.bridge)
  return fromHomeserver === undefined ? keep(tokens, request, streams.push) : fromBridge
}

// The same body is the same batch: the transaction id says nothing, as it may start again at 1 (protocol/homeserver.md 0.6).
function keep(tokens: Tokens, request: RawRequest, stream: string): RawReply {
  const body = Buffer.from(request.body).toString('utf8')
  try {
    if (!isFields(JSON.parse(body))) return { reject: 400, reply: problem('M_BAD_JSON', 'The body is not a JSON object') }
  } catch {
    return { reject: 400, reply: problem('M_NOT_JSON', 'The body is not JSON') }
  }
  const key = createHash('sha256').update(request.body).digest('hex')
  return { accept: { stream, key, body: withoutLoginCodes(tokens, body) }, reply: '{}' }
}

function refusal(request: RawRequest, accepted: readonly (string | undefined)[]): RawReply | undefined {
  const given = /^Bearer (.+)$/i.exec(request.headers['authorization'] ?? '')?.[1]
  if (given === undefined) return { reject: 401, reply: problem('M_MISSING_TOKEN', 'No token was given') }
  const right = accepted.filter((token) => token !== undefined && token !== '' && sameSecret(given, token)).length > 0
  return right ? undefined : { reject: 403, reply: problem('M_FORBIDDEN', 'The token is not the one that is expected here') }
}

function sameSecret(given: string, expected: string): boolean {
  const hash = (value: string) => createHash('sha256').update(value).digest()
  return timingSafeEqual(hash(given), hash(expected))
}

function problem(errcode: string, error: string): string {
  return JSON.stringify({ errcode, error })
}
