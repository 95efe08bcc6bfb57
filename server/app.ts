import { renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import type { Config, Secrets } from './config.ts'
import { createDoor } from './create-door.ts'
import { createInbox } from './create-inbox.ts'
import { createRoads } from './create-roads.ts'
import { startChannelHealth } from './inbox/channels/health.ts'
import { createFeed } from './inbox/feed.ts'
import type { PullTimes } from './inbox/watching/pull.ts'
import { type Clock, systemClock } from './lib/clock.ts'
import { ConfigError } from './lib/config-error.ts'
import { takeDataLock } from './lib/data-lock.ts'
import { createEndpoints } from './lib/endpoints.ts'
import { createHttpClient, type HttpClient } from './lib/http-client.ts'
import { createLog } from './lib/log.ts'
import { measuredClient } from './lib/measured-client.ts'
import { createMetrics } from './lib/metrics.ts'
import { isPasted } from './lib/roads.ts'
import { type Data, openData } from './open-data.ts'

export interface AppOptions {
  readonly config: Config
  readonly secrets: Secrets
  /** The database, the media and the key; the lock and `mistok.json` stand in the configured data directory. */
  readonly directory: string
  readonly webRoot: string
  /** Told in `mistok.json` for scripts. */
  readonly sandboxUrl?: string
  readonly clock?: Clock
  /** For tests, which cannot wait as long as operators can. */
  readonly pullTimes?: PullTimes
}

/**
 * A running server; `announce` tells scripts that it is ready, once its command has done what belongs to that. Closing it stops taking,
 * finishes what is in hand, and stops the embedded database last.
 */
export type App = Awaited<ReturnType<typeof createApp>>

/** Builds every part, in order, and listens. What was begun is closed again when a later part cannot start. Throws ConfigError. */
export async function createApp(options: AppOptions) {
  const { config, secrets } = options
  const clock = options.clock ?? systemClock
  const log = createLog(config.logLevel)
  await using started = new AsyncDisposableStack()
  const closeLater = (part: string, close: () => Promise<void> | void) =>
    started.defer(async () => {
      log.debug({ part }, 'closing')
      await close()
    })

  const lock = started.use(takeDataLock({ dataDir: config.dataDir, now: new Date(clock()) }))
  const { databaseUrl, sealingKeys } = secrets
  const stateFile = join(config.dataDir, 'mistok.json')
  let announced = () => {}
  const data = await openData({ directory: options.directory, databaseUrl, sealingKeys, clock, log, onPostgresRestart: () => announced() })
  closeLater('data', data.close)
  const { db, listener, locks, seal } = data

  const metrics = createMetrics()
  const watching = { metrics, endpoints: createEndpoints(clock), clock, log }
  const networks = measuredClient(openNetworks(config), watching)
  closeLater('client for networks', networks.close)
  const fetcher = createHttpClient({ purpose: 'attachment', allowPrivate: false, maxBodyBytes: config.mediaMaxBytes })
  closeLater('client for attachments', fetcher.close)
  const roads = await createRoads({ config, data, http: networks, clock, log })
  const { settings, matrixConfigs, cloudConfigs, pastedAccounts, providers } = roads
  closeLater('roads', providers.close)
  const modeWarning = await settings.adoptMode(config.mode)
  if (modeWarning !== undefined) log.warn({}, modeWarning)

  const { mediaMaxBytes, ffmpeg } = config
  const { mediaDirectory } = data
  const pullTimes = options.pullTimes === undefined ? {} : { pullTimes: options.pullTimes }
  const inbox = createInbox({
    db,
    listener,
    locks,
    seal,
    clock,
    log,
    providers,
    mediaDirectory,
    mediaMaxBytes,
    ffmpeg,
    fetcher,
    metrics,
    ...pullTimes,
    pastedAccounts,
    accountsChanged: () => health.wake(),
  })
  closeLater('inbox', inbox.stop)
  roads.serve(inbox)
  const { accounts, channels } = inbox
  // What is linked under an account that a person has entered is between them and the bridge.
  const watched = () => inbox.providers.all().filter(({ name }) => !isPasted(name))
  const health = startChannelHealth({ db, clock, log, locks, accounts, channels, providers: watched })
  closeLater('channel health', health.stop)
  const feed = createFeed({ db, listener, clock, log })
  closeLater('feed', feed.close)

  const { http, people, signIn } = await createDoor({ config, webRoot: options.webRoot, data, roads, inbox, feed, ...watching })
  closeLater('http', () => http.close())
  // Whoever finds us ready can sign in.
  const firstAdmin = secrets.firstAdmin && (await people.ensureAdmin(secrets.firstAdmin))
  const url = await listen(http, config)
  lock.announce(url)
  if (secrets.firstSetup !== undefined) closeLater('first setup', (await roads.setUp(secrets.firstSetup)).stop)
  closeLater('state file', () => {
    announced = () => {}
    rmSync(stateFile, { force: true })
  })
  const announce = () => {
    announced = () => writeState(stateFile, options, url, data)
    announced()
  }
  const running = started.move()
  return { url, firstAdmin, signIn, settings, matrixConfigs, cloudConfigs, announce, close: () => running.disposeAsync() }
}

async function listen(http: FastifyInstance, { host, port, publicUrl }: Config): Promise<string> {
  try {
    await http.listen({ host, port })
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'EADDRINUSE') throw new ConfigError([`Port ${port} is taken. Stop what listens there, or set MISTOK_PORT to another one.`])
    if (code === 'EADDRNOTAVAIL' || code === 'EACCES')
      throw new ConfigError([`The server may not listen on ${host}:${port}. Change MISTOK_HOST or MISTOK_PORT.`])
    throw error
  }
  const address = http.server.address()
  if (address === null || typeof address === 'string') throw new Error('the server does not listen on a port')
  const reachable = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host
  return publicUrl ?? `http://${reachable}:${address.port}`
}

/** Writes `mistok.json`, by which scripts and commands find us; whoever looks at it sees it whole. */
function writeState(file: string, { directory, sandboxUrl }: AppOptions, url: string, data: Data): void {
  const state = {
    url,
    pid: process.pid,
    postgres_pid: data.postgresPid(),
    ...(sandboxUrl === undefined ? {} : { sandbox_url: sandboxUrl }),
    directory,
    // The address of the embedded database holds no secret; one given by DATABASE_URL may, and commands have it already.
    ...('url' in data.address ? {} : { database: data.address }),
  }
  writeFileSync(`${file}.new`, `${JSON.stringify(state)}\n`, { mode: 0o600 })
  renameSync(`${file}.new`, file)
}

const mebibyte = 1024 * 1024

/** Files come by the same way as a homeserver's long answers; that one is too large is for who writes it down to say. */
function openNetworks({ mediaMaxBytes }: Config): HttpClient {
  const maxBodyBytes = Math.max(mediaMaxBytes + mebibyte, 32 * mebibyte)
  return createHttpClient({ purpose: 'homeserver, bridge and Graph API', allowPrivate: true, connections: 256, maxBodyBytes })
}
