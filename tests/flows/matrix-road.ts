import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Sandbox, startSandbox } from '../../sandbox/index.ts'
import { systemClock } from '../../server/lib/clock.ts'
import { createHttpClient } from '../../server/lib/http-client.ts'
import { silentLog } from '../../server/lib/log.ts'
import { type MatrixConfig, matrixDefaults } from '../../server/providers/matrix/config.ts'
import { createMatrixProvider } from '../../server/providers/matrix/index.ts'
import { registrationsOf } from '../../server/providers/matrix/registration.ts'
import type { AccountLink, InboundEvent, Json, Parsed, Provider, RawBatch, Task } from '../../server/providers/provider.ts'

/** An inbox that keeps everything in memory: as little of one as the port asks for. */
export interface MemoryInbox {
  readonly events: InboundEvent[]
  readonly dead: { readonly error: string; readonly raw: Json }[]
  readonly deferred: { readonly waitsFor: string; readonly raw: Json }[]
  readonly facts: Map<string, Json>
  /** Kinds of the tasks that were done. */
  readonly done: string[]
  take(batch: RawBatch): void
  learn(learnt: Pick<Parsed, 'facts' | 'resolved'>): void
  /** Does all tasks, and those that come of them. */
  work(): Promise<void>
}

export function createMemoryInbox(provider: Provider, accounts: ReadonlyMap<string, AccountLink>): MemoryInbox {
  const known = new Set<string>()
  const tasks = new Map<string, Task>()
  const begun = new Set<string>()
  const inbox: MemoryInbox = {
    events: [],
    dead: [],
    deferred: [],
    facts: new Map(),
    done: [],
    take(batch) {
      const id = `${batch.stream} ${batch.key}`
      if (known.has(id)) return
      known.add(id)
      const facts = new Map<string, Json>()
      for (let round = 0; round < 4; round += 1) {
        for (const key of provider.intake.factKeys(batch, facts)) {
          const value = inbox.facts.get(key)
          if (value !== undefined) facts.set(key, value)
        }
      }
      const parsed = provider.intake.parse(batch, facts)
      for (const item of parsed.items) {
        if (item.type === 'deferred') inbox.deferred.push(item)
        else if (item.type === 'dead') inbox.dead.push(item)
        else inbox.events.push(item)
      }
      for (const task of parsed.tasks) if (!begun.has(task.key)) tasks.set(task.key, task)
      inbox.learn(parsed)
    },
    learn({ facts, resolved }) {
      for (const { key, value } of facts) inbox.facts.set(key, value)
      const back = inbox.deferred.filter((item) => resolved.includes(item.waitsFor))
      if (back.length === 0) return
      const rest = inbox.deferred.filter((item) => !resolved.includes(item.waitsFor))
      inbox.deferred.splice(0, inbox.deferred.length, ...rest)
      inbox.take({ stream: 'deferred', key: `${known.size}`, body: JSON.stringify(back.map((item) => item.raw)) })
    },
    async work() {
      for (const [key, task] of tasks) {
        tasks.delete(key)
        begun.add(key)
        inbox.done.push(task.kind)
        const account = task.account === undefined ? undefined : accounts.get(task.account)
        const result = await provider.run(task, account ?? null, AbortSignal.timeout(10_000))
        for (const batch of result.batches) inbox.take(batch)
        if (result.next !== undefined) tasks.set(result.next.key, result.next)
      }
    },
  }
  return inbox
}

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

export async function openRoad(options: {
  appservice: boolean
  doublePuppet?: boolean
  backfill?: boolean
  timeScale?: number
}): Promise<Road> {
  let receive: (request: IncomingMessage, body: Buffer) => { status: number; body: string } = () => ({ status: 503, body: '{}' })
  const server = createServer((request, response) => {
    const pieces: Buffer[] = []
    request.on('data', (piece: Buffer) => pieces.push(piece))
    request.on('end', () => {
      const answer = receive(request, Buffer.concat(pieces))
      response.writeHead(answer.status, { 'content-type': 'application/json' }).end(answer.body)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

  const serverName = 'mistok.test'
  const made = registrationsOf({ id: 'mistok', userPrefix: 'crm_', serverName, url, ...tokens })
  const webhook = `${url}/api/v1/integrations/matrix/webhook`
  const sandbox = await startSandbox({
    ports: { homeserver: 0, bridge: 0, control: 0 },
    serverName,
    ...(options.appservice
      ? {
          appservices: [made.appservice, made.doublePuppet].map((each) => ({ ...each, namespaces: { users: [...each.namespaces.users] } })),
        }
      : {}),
    ...(options.doublePuppet === true ? { doublePuppetToken: tokens.doublePuppetToken } : {}),
    ...(options.backfill === true ? { backfill: { enabled: true, maxInitialMessages: 50, dispatchWaitMs: 50 } } : {}),
    timeScale: options.timeScale ?? 0.05,
    statusEndpoint: webhook,
    checkpointEndpoint: webhook,
    log: () => {},
  })

  const http = createHttpClient({ purpose: 'matrix', allowPrivate: true })
  const config: MatrixConfig = {
    ...matrixDefaults,
    homeserverUrl: sandbox.homeserverUrl,
    serverName,
    ...(options.appservice ? { asToken: tokens.asToken, hsToken: tokens.hsToken } : { intake: 'sync' as const }),
    adminToken: await adminToken(sandbox),
    botUserId: sandbox.bridgeBot,
    bridgeUrl: sandbox.bridgeUrl,
    bridgeSecret: sandbox.bridgeSecret,
    bridgeAsToken: sandbox.bridgeRegistration.as_token,
  }
  const provider = createMatrixProvider({ config, http, clock: systemClock, log: silentLog })
  const accounts = new Map<string, AccountLink>()
  const inbox = createMemoryInbox(provider, accounts)
  receive = (request, body) => {
    const { pathname: path } = new URL(request.url ?? '/', url)
    const { push } = provider.intake
    if (push?.matches(request.method ?? '', path) !== true) return { status: 404, body: '{}' }
    const headers = { authorization: request.headers.authorization }
    const reply = push.receive({ method: request.method ?? '', path, query: {}, headers, body })
    if ('accept' in reply) {
      inbox.take(reply.accept)
      return { status: 200, body: reply.reply }
    }
    return 'answer' in reply ? { status: reply.status ?? 200, body: reply.answer } : { status: reply.reject, body: reply.reply }
  }

  const cursors = new Map<string, string>()
  async function poll(): Promise<void> {
    const { pull } = provider.intake
    for (const account of accounts.values()) {
      const batch = await pull!.poll(account, cursors.get(account.external) ?? null, 0, signal())
      if (batch === null) continue
      inbox.take(batch)
      if (batch.cursor !== undefined) cursors.set(account.external, batch.cursor)
    }
  }

  const road: Road = {
    sandbox,
    provider,
    config,
    inbox,
    accounts,
    phone: (number, deed, body) => road.control(`phones/${encodeURIComponent(number)}${deed === '' ? '' : `/${deed}`}`, body),
    async control(path, body) {
      const headers = { 'content-type': 'application/json' }
      const response = await fetch(`${sandbox.controlUrl}/sandbox/v1/${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
      const answer = (await response.json()) as Record<string, unknown>
      if (!response.ok) throw new Error(`${path}: ${JSON.stringify(answer)}`)
      return answer
    },
    async account(name) {
      const account = await provider.accounts!.ensure({ name, displayName: name, password: `secret of ${name}` }, null, signal())
      accounts.set(account.external, account)
      return account
    },
    async link(number, name) {
      const account = await road.account(name)
      const first = await provider.login!.start(account, { method: 'qr' }, signal())
      if (first.type !== 'qr') throw new Error(`expected a QR, got ${JSON.stringify(first)}`)
      await road.phone(number, 'scan', { data: first.data })
      let step = await provider.login!.wait(account, first.handle, signal())
      while (step.type === 'qr') step = await provider.login!.wait(account, step.handle, signal())
      if (step.type !== 'complete') throw new Error(`expected the end, got ${JSON.stringify(step)}`)
      inbox.learn(provider.login!.attached(account, step.phone))
      return account
    },
    async until(what, find) {
      for (let tries = 0; tries < 300; tries += 1) {
        if (provider.intake.pull?.pace === 'live') await poll()
        await inbox.work()
        const found = find()
        if (found !== undefined) return found
        await sleep(20)
      }
      throw new Error(
        `${what}: never happened; events ${inbox.events.map((event) => event.type)}; dead ${JSON.stringify(inbox.dead)}, waiting ${JSON.stringify(inbox.deferred.map((item) => item.waitsFor))}`,
      )
    },
    async close() {
      await sandbox.close()
      await http.close()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  return road
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
