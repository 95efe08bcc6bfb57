import { randomBytes } from 'node:crypto'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import type { Config, Secrets } from './config.ts'
import { createInbox } from './create-inbox.ts'
import { createHttp } from './http/server.ts'
import { createApiKeys } from './inbox/api-keys.ts'
import { startChannelHealth } from './inbox/channel-health.ts'
import { updateConversation } from './inbox/conversations.ts'
import { createFeed } from './inbox/feed.ts'
import { createIdempotency } from './inbox/idempotency.ts'
import { storeUpload } from './inbox/media.ts'
import { createMatrixConfigs } from './inbox/matrix-config.ts'
import { readOperations, redriveDeadLetters } from './inbox/operations.ts'
import { createPeople } from './inbox/people.ts'
import { createProviderRegistry } from './inbox/providers.ts'
import { markRead } from './inbox/read-marks.ts'
import { capabilitiesOf, enqueue, retry } from './inbox/send.ts'
import { createSettings } from './inbox/settings.ts'
import { createSignIn } from './inbox/sign-in.ts'
import { type Clock, newId, systemClock } from './lib/clock.ts'
import { ConfigError } from './lib/config-error.ts'
import { takeDataLock } from './lib/data-lock.ts'
import { createHttpClient } from './lib/http-client.ts'
import { createLog } from './lib/log.ts'
import { createPasswords } from './lib/password.ts'
import { openData } from './open-data.ts'
import { createMatrixProvider } from './providers/matrix/index.ts'
import { probeMatrix } from './providers/matrix/setup.ts'

export interface AppOptions {
  readonly config: Config
  readonly secrets: Secrets
  /** The database, the media and the key; the lock and `mistok.json` stand in the configured data directory. */
  readonly directory: string
  readonly webRoot: string
  /** Told in `mistok.json` for scripts. */
  readonly sandboxUrl?: string
  readonly clock?: Clock
  readonly auditEveryMs?: number
}

/** A running server. */
export type App = Awaited<ReturnType<typeof createApp>>

/** Pushes are audited so often; between two audits of one account nothing is asked. */
const auditEveryMs = 30_000

/** Builds every part, in order, and listens. What was begun is closed again when a later part cannot start. */
export async function createApp(options: AppOptions) {
  const { config, secrets } = options
  const clock = options.clock ?? systemClock
  const log = createLog(config.logLevel)
  await using started = new AsyncDisposableStack()

  const lock = started.use(takeDataLock({ dataDir: config.dataDir, now: new Date(clock()) }))
  const data = await openData({ directory: options.directory, databaseUrl: secrets.databaseUrl, sealingKeys: secrets.sealingKeys, clock, log })
  started.defer(data.close)
  const { db, listener, locks, seal } = data

  const networks = createHttpClient({ purpose: 'homeserver and bridge', allowPrivate: true, connections: 256 })
  const fetcher = createHttpClient({ purpose: 'attachment', allowPrivate: false, maxBodyBytes: config.mediaMaxBytes })
  started.defer(() => networks.close())
  started.defer(() => fetcher.close())

  const settings = createSettings({ db, seal, clock })
  const modeWarning = await settings.adoptMode(config.mode)
  if (modeWarning !== undefined) log.warn({}, modeWarning)
  let reload: () => Promise<void> = () => Promise.resolve()
  const matrixConfigs = createMatrixConfigs({
    settings,
    probe: (...asked) => probeMatrix({ http: networks, clock }, ...asked),
    reload: () => reload(),
    newToken: () => randomBytes(32).toString('hex'),
  })
  const providers = await createProviderRegistry({
    load: () => matrixConfigs.current(),
    build: (matrix) => createMatrixProvider({ config: matrix, http: networks, clock, log }),
    listener,
    log,
  })
  reload = providers.reload
  started.defer(providers.close)

  const inbox = createInbox({
    db,
    listener,
    locks,
    seal,
    clock,
    log,
    providers,
    mediaDirectory: data.mediaDirectory,
    mediaMaxBytes: config.mediaMaxBytes,
    fetcher,
    auditEveryMs: options.auditEveryMs ?? auditEveryMs,
  })
  started.defer(inbox.stop)
  const health = startChannelHealth({ db, clock, log, locks, accounts: inbox.accounts, channels: inbox.channels, providers: providers.all })
  started.defer(health.stop)
  const feed = createFeed({ db, listener, clock, log })
  started.defer(feed.close)

  const passwords = createPasswords()
  const people = createPeople({ db, clock, newId, passwords })
  const signIn = createSignIn({ db, clock, newId, passwords })
  const http = await createHttp({
    readDb: db,
    clock,
    log,
    publicUrl: config.publicUrl,
    allowedOrigins: config.allowedOrigins,
    webRoot: options.webRoot,
    people,
    signIn,
    apiKeys: createApiKeys({ db, clock, newId }),
    idempotency: createIdempotency({ db, seal, clock }),
    feed,
    onTyping: (hear) => listener.on('typing', hear),
    settings: {
      getMatrixConfig: matrixConfigs.get,
      saveMatrixConfig: (_, input) => matrixConfigs.save(input),
      getMode: settings.mode,
      setMode: settings.setMode,
    },
    logins: inbox.logins,
    channels: inbox.channels,
    conversations: {
      update: (actor, id, patch) => updateConversation({ db, clock }, actor, id, patch),
      markRead: (actor, id, upTo) => markRead({ db, clock }, actor, id, upTo),
      capabilities: (actor, id) => capabilitiesOf(inbox.send, actor, id),
    },
    messages: { enqueue: (actor, id, input) => enqueue(inbox.send, actor, id, input), retry: (actor, id) => retry(inbox.send, actor, id) },
    media: { store: (bytes, meta) => storeUpload(inbox.media, bytes, meta), read: inbox.files.read },
    operations: { read: () => readOperations(db), redrive: () => redriveDeadLetters(inbox.ingestDeps) },
    providers: providers.all,
    keep: inbox.keep,
  })
  started.defer(() => http.close())

  const url = await listen(http, config)
  lock.announce(url)
  const stateFile = join(config.dataDir, 'mistok.json')
  const state = { url, pid: process.pid, postgres_pid: data.postgresPid(), ...(options.sandboxUrl === undefined ? {} : { sandbox_url: options.sandboxUrl }) }
  // The address of the embedded database holds no secret; one given by DATABASE_URL may, and commands have it already.
  const joinable = 'url' in data.address ? {} : { database: data.address }
  writeFileSync(stateFile, `${JSON.stringify({ ...state, ...joinable, directory: options.directory })}\n`, { mode: 0o600 })
  started.defer(() => rmSync(stateFile, { force: true }))
  const running = started.move()
  return { url, log, people, signIn, settings, matrixConfigs, close: () => running.disposeAsync() }
}

async function listen(http: FastifyInstance, config: Config): Promise<string> {
  try {
    await http.listen({ host: config.host, port: config.port })
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'EADDRINUSE') throw new ConfigError([`Port ${config.port} is taken. Stop what listens there, or set MISTOK_PORT to another one.`])
    if (code === 'EADDRNOTAVAIL' || code === 'EACCES') throw new ConfigError([`The server may not listen on ${config.host}:${config.port}. Change MISTOK_HOST or MISTOK_PORT.`])
    throw error
  }
  const host = config.host === '0.0.0.0' || config.host === '::' ? '127.0.0.1' : config.host
  return config.publicUrl ?? `http://${host}:${portOf(http)}`
}

function portOf(http: FastifyInstance): number {
  const address = http.server.address()
  if (address === null || typeof address === 'string') throw new Error('the server does not listen on a port')
  return address.port
}
