import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Sandbox, type SandboxOptions, startSandbox } from '../../sandbox/index.ts'
import { systemClock } from '../../server/lib/clock.ts'
import { AppError } from '../../server/lib/errors.ts'
import { createHttpClient } from '../../server/lib/http-client.ts'
import { silentLog } from '../../server/lib/log.ts'
import { type MatrixConfig, matrixDefaults } from '../../server/providers/matrix/config.ts'
import { createMatrixProvider } from '../../server/providers/matrix/index.ts'
import { registrationsOf } from '../../server/providers/matrix/setup/registration.ts'
import type { AccountLink, Provider, RawReply, RawRequest } from '../../server/providers/provider.ts'
import { createMemoryInbox, type MemoryInbox } from './memory-inbox.ts'

/** The sandbox, a provider on it, and the address at which it is pushed to. */
export interface Road {
  readonly sandbox: Sandbox
  readonly provider: Provider
  readonly config: MatrixConfig
  readonly inbox: MemoryInbox
  readonly accounts: Map<string, AccountLink>
  phone(number: string, deed: string, body: unknown): Promise<Record<string, unknown>>
  control(path: string, body: unknown): Promise<Record<string, unknown>>
  account(name: string): Promise<AccountLink>
  /** Makes an account, links this phone under it by QR, and gives it a channel. */
  link(number: string, name: string): Promise<AccountLink>
  /** Works until the condition holds. */
  until<T>(what: string, find: () => T | undefined): Promise<T>
  close(): Promise<void>
}

export const tokens = {
  asToken: 'as-token-of-the-tests',
  hsToken: 'hs-token-of-the-tests',
  doublePuppetToken: 'puppet-token',
  doublePuppetHsToken: 'unused',
}

/** Nothing is kept of the admin of these tests. */
export function renewAdmin(): Promise<never> {
  return Promise.reject(new AppError('not_configured', 'The admin has to sign in again'))
}

interface RoadOptions {
  readonly appservice: boolean
  readonly doublePuppet?: boolean
  readonly backfill?: boolean
  readonly timeScale?: number
  /** What is configured otherwise than right; null leaves it out. */
  readonly config?: { readonly [Name in 'bridgeUrl' | 'bridgeSecret' | 'commandPrefix']?: string | null }
  readonly sandbox?: Partial<SandboxOptions>
}

export async function openRoad(options: RoadOptions): Promise<Road> {
  const door = await openDoor()
  const sandbox = await openSandbox(options, door.url)
  const http = createHttpClient({ purpose: 'matrix', allowPrivate: true })
  const right: MatrixConfig = {
    ...matrixDefaults,
    homeserverUrl: sandbox.homeserverUrl,
    serverName: sandbox.serverName,
    ...(options.appservice ? { asToken: tokens.asToken, hsToken: tokens.hsToken } : { intake: 'sync' as const }),
    adminToken: await adminToken(sandbox),
    botUserId: sandbox.bridgeBot,
    bridgeUrl: sandbox.bridgeUrl,
    bridgeSecret: sandbox.bridgeSecret,
    bridgeAsToken: sandbox.bridgeRegistration.as_token,
  }
  const config = Object.fromEntries(
    Object.entries({ ...right, ...options.config }).filter(([, value]) => value !== null),
  ) as unknown as MatrixConfig
  const provider = createMatrixProvider({ config, http, clock: systemClock, log: silentLog, renewAdmin })
  const accounts = new Map<string, AccountLink>()
  const inbox = createMemoryInbox(provider, accounts)
  door.open((request) => takePush(provider, inbox, request))

  const control = (path: string, body: unknown) => post(`${sandbox.controlUrl}/sandbox/v1/${path}`, body)
  const phone = (number: string, deed: string, body: unknown) =>
    control(`phones/${encodeURIComponent(number)}${deed === '' ? '' : `/${deed}`}`, body)
  const account = async (name: string) => {
    const made = await provider.accounts!.ensure({ name, displayName: name, password: `secret of ${name}` }, null, signal())
    accounts.set(made.external, made)
    return made
  }
  const poll = pollerOf(provider, accounts, inbox)
  return {
    sandbox,
    provider,
    config,
    inbox,
    accounts,
    phone,
    control,
    account,
    async link(number, name) {
      const made = await account(name)
      await linkPhone(provider, inbox, made, (data) => phone(number, 'scan', { data }))
      return made
    },
    async until(what, find) {
      for (let tries = 0; tries < 300; tries += 1) {
        if (provider.intake.pull?.pace === 'live') await poll()
        await inbox.work()
        const found = find()
        if (found !== undefined) return found
        await sleep(20)
      }
      const { dead, deferred, events } = inbox
      const state = { events: events.map((event) => event.type), dead, deferred: deferred.map((item) => item.waitsFor) }
      throw new Error(`${what}: never happened; ${JSON.stringify(state)}`)
    },
    async close() {
      await sandbox.close()
      await http.close()
      await door.close()
    },
  }
}

type Receive = (request: RawRequest) => { readonly status: number; readonly body: string }

/** Where homeserver and bridge push to. */
async function openDoor() {
  let receive: Receive = () => ({ status: 503, body: '{}' })
  const server: Server = createServer((request, response) => {
    const pieces: Buffer[] = []
    request.on('data', (piece: Buffer) => pieces.push(piece))
    request.on('end', () => {
      const { pathname: path } = new URL(request.url ?? '/', 'http://door')
      const headers = { authorization: request.headers.authorization }
      const answer = receive({ method: request.method ?? '', path, query: {}, headers, body: Buffer.concat(pieces) })
      response.writeHead(answer.status, { 'content-type': 'application/json' }).end(answer.body)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    open(next: Receive) {
      receive = next
    },
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function openSandbox(options: RoadOptions, url: string): Promise<Sandbox> {
  const serverName = 'mistok.test'
  const made = registrationsOf({ id: 'mistok', userPrefix: 'crm_', serverName, url, ...tokens })
  const webhook = `${url}/api/v1/integrations/matrix/webhook`
  const appservices = [made.appservice, made.doublePuppet].map((each) => ({ ...each, namespaces: { users: [...each.namespaces.users] } }))
  return startSandbox({
    ports: { homeserver: 0, bridge: 0, control: 0 },
    serverName,
    ...(options.appservice ? { appservices } : {}),
    ...(options.doublePuppet === true ? { doublePuppetToken: tokens.doublePuppetToken } : {}),
    ...(options.backfill === true ? { backfill: { enabled: true, maxInitialMessages: 50, dispatchWaitMs: 50 } } : {}),
    timeScale: options.timeScale ?? 0.05,
    statusEndpoint: webhook,
    checkpointEndpoint: webhook,
    log: () => {},
    ...options.sandbox,
  })
}

function takePush(provider: Provider, inbox: MemoryInbox, request: RawRequest): ReturnType<Receive> {
  const { push } = provider.intake
  if (push?.matches(request.method, request.path) !== true) return { status: 404, body: '{}' }
  const reply: RawReply = push.receive(request)
  if ('reject' in reply) return { status: reply.reject, body: reply.reply }
  if ('answer' in reply) return { status: reply.status ?? 200, body: reply.answer }
  inbox.take(reply.accept)
  return { status: 200, body: reply.reply }
}

function pollerOf(provider: Provider, accounts: ReadonlyMap<string, AccountLink>, inbox: MemoryInbox): () => Promise<void> {
  const cursors = new Map<string, string>()
  return async () => {
    for (const account of accounts.values()) {
      const batch = await provider.intake.pull!.poll(account, cursors.get(account.external) ?? null, 0, signal())
      if (batch === null) continue
      inbox.take(batch)
      if (batch.cursor !== undefined) cursors.set(account.external, batch.cursor)
    }
  }
}

async function linkPhone(
  provider: Provider,
  inbox: MemoryInbox,
  account: AccountLink,
  scan: (data: string) => Promise<unknown>,
): Promise<void> {
  const login = provider.login!
  const first = await login.start(account, { method: 'qr' }, signal())
  if (first.type !== 'qr') throw new Error(`expected a QR, got ${JSON.stringify(first)}`)
  await scan(first.data)
  let step = await login.wait(account, first.handle, signal())
  while (step.type === 'qr') step = await login.wait(account, step.handle, signal())
  if (step.type !== 'complete') throw new Error(`expected the end, got ${JSON.stringify(step)}`)
  inbox.learn(provider.numbers.attached(account, step.phone))
}

async function post(url: string, body: unknown): Promise<Record<string, unknown>> {
  const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
  const answer = (await response.json()) as Record<string, unknown>
  if (!response.ok) throw new Error(`${url}: ${JSON.stringify(answer)}`)
  return answer
}

export function signal(): AbortSignal {
  return AbortSignal.timeout(15_000)
}

async function adminToken(sandbox: Sandbox): Promise<string> {
  const response = await fetch(`${sandbox.homeserverUrl}/_matrix/client/v3/login`, {
    method: 'POST',
    body: JSON.stringify({
      type: 'm.login.password',
      identifier: { type: 'm.id.user', user: sandbox.adminLogin },
      password: sandbox.adminPassword,
    }),
  })
  return ((await response.json()) as { access_token: string }).access_token
}
