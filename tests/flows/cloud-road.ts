import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ChannelId, ExternalId } from '../../contract/ids.ts'
import { type Sandbox, startSandbox } from '../../sandbox/index.ts'
import { createHttpClient, type HttpClient } from '../../server/lib/http-client.ts'
import { silentLog } from '../../server/lib/log.ts'
import type { CloudRoad } from '../../server/providers/cloud-setup.ts'
import { createCloudProvider } from '../../server/providers/cloud/index.ts'
import type { AccountLink, Connection, InboundEvent, OutboundMessage, Provider } from '../../server/providers/provider.ts'
import { createMemoryInbox, type MemoryInbox } from './memory-inbox.ts'

/** The sandbox's Graph API, a provider on it, and the address at which it is told. */
export interface CloudWorld {
  readonly sandbox: Sandbox
  readonly config: CloudRoad
  readonly http: HttpClient
  readonly provider: Provider
  readonly account: AccountLink
  readonly inbox: MemoryInbox
  /** The ids of the account's numbers. */
  readonly numbers: readonly string[]
  /** The line out of the first number, as it is made for each send anew. */
  line(): Connection
  /** What the phone does: `messages`, `read`, …; without a deed, what it is. */
  phone(number: string, deed: string, body: unknown): Promise<Record<string, unknown>>
  control(path: string, body: unknown): Promise<Record<string, unknown>>
  /** What the phone has got, oldest first. */
  received(number: string): Promise<readonly { readonly type: string; readonly text?: string; readonly [more: string]: unknown }[]>
  /** A message in this conversation, with what is remembered of it. */
  outbound(conversation: string, attempt: string, rest: Partial<OutboundMessage>): OutboundMessage
  events<T extends InboundEvent['type']>(type: T): readonly Extract<InboundEvent, { type: T }>[]
  until<T>(what: string, find: () => T | undefined | Promise<T | undefined>): Promise<T>
  /** On the clock of network and provider. */
  advance(ms: number): Promise<void>
  close(): Promise<void>
}

const path = '/api/v1/integrations/whatsapp/webhook'
const verifyToken = 'verify token of the tests'

export async function openCloudWorld(): Promise<CloudWorld> {
  const sandbox = await startSandbox({ ports: { homeserver: 0, bridge: 0, control: 0 }, timeScale: 0.01, log: () => {} })
  const { graph } = sandbox
  const http = createHttpClient({ purpose: 'WhatsApp', allowPrivate: true, timeoutMs: 10_000 })
  const config: CloudRoad = {
    graphUrl: graph.url,
    mediaOrigins: [graph.mediaUrl],
    graphVersion: 'v25.0',
    businessAccountId: graph.secrets.business_account_id,
    accessToken: graph.secrets.access_token,
    appSecrets: ['a secret that was', graph.secrets.app_secret],
    verifyToken,
  }
  let ahead = 0
  const provider = createCloudProvider({ config, http, clock: () => Date.now() + ahead, log: silentLog })
  const account: AccountLink = { external: config.businessAccountId as ExternalId, secrets: {} }
  const inbox = createMemoryInbox(provider, new Map([[account.external, account]]))
  const door = await openDoor(provider, inbox)
  const numbers = graph.numbers.map(({ id }) => id)
  const control = (place: string, body: unknown) => post(`${sandbox.controlUrl}/sandbox/v1/${place}`, body)
  const world: CloudWorld = {
    sandbox,
    config,
    http,
    provider,
    account,
    inbox,
    numbers,
    line: () => provider.connect({ id: 'chn_test' as ChannelId, external: numbers[0] as ExternalId, account }),
    control,
    phone: (number, deed, body) => control(`phones/${encodeURIComponent(number)}${deed === '' ? '' : `/${deed}`}`, body),
    async received(number) {
      const response = await fetch(`${sandbox.controlUrl}/sandbox/v1/phones/${encodeURIComponent(number)}/messages`)
      return ((await response.json()) as { items: { type: string }[] }).items
    },
    outbound(conversation, attempt, rest) {
      const known = inbox.facts.get(world.line().sendKey?.(conversation as ExternalId) ?? '') ?? null
      return { attempt, conversation: conversation as ExternalId, type: 'text', text: '', content: {}, known, ...rest }
    },
    events: <T extends InboundEvent['type']>(type: T) =>
      inbox.events.filter((event): event is Extract<InboundEvent, { type: T }> => event.type === type),
    async until(what, find) {
      for (let tries = 0; tries < 500; tries += 1) {
        const found = await find()
        if (found !== undefined) return found
        await sleep(20)
      }
      const { dead, deferred, events } = inbox
      throw new Error(`${what}: never happened; ${JSON.stringify({ events, dead, deferred })}`)
    },
    async advance(ms) {
      ahead += ms
      await control('graph/clock', { advance_ms: ms })
    },
    async close() {
      await sandbox.close()
      await http.close()
      await door.close()
    },
  }
  for (const { id, phone, name } of graph.numbers)
    inbox.learn(provider.numbers.attached(account, { external: id as ExternalId, phone, name, status: 'connected' }))
  await post(`${graph.url}/v25.0/${config.businessAccountId}/subscribed_apps`, {}, { authorization: `Bearer ${config.accessToken}` })
  await graph.setWebhook(door.url, verifyToken)
  return world
}

/** Where Meta delivers to. */
async function openDoor(provider: Provider, inbox: MemoryInbox): Promise<{ readonly url: string; close(): Promise<void> }> {
  const server = createServer((request, response) => {
    const pieces: Buffer[] = []
    request.on('data', (piece: Buffer) => pieces.push(piece))
    request.on('end', () => {
      const { pathname, searchParams } = new URL(request.url ?? '/', 'http://door')
      const headers = { 'x-hub-signature-256': String(request.headers['x-hub-signature-256'] ?? '') }
      const { push } = provider.intake
      const method = request.method ?? ''
      if (push?.matches(method, pathname) !== true) return response.writeHead(404).end()
      const reply = push.receive({ method, path: pathname, query: Object.fromEntries(searchParams), headers, body: Buffer.concat(pieces) })
      if ('reject' in reply) return response.writeHead(reply.reject).end(reply.reply)
      if ('answer' in reply) return response.writeHead(reply.status ?? 200).end(reply.answer)
      inbox.take(reply.accept)
      return response.writeHead(200).end(reply.reply)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`,
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

async function post(url: string, body: unknown, headers: Record<string, string> = {}): Promise<Record<string, unknown>> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${text}`)
  return (text.startsWith('{') ? JSON.parse(text) : {}) as Record<string, unknown>
}
