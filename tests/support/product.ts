import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createApp } from '../../server/app.ts'
import { readConfig } from '../../server/config.ts'
import type { PullTimes } from '../../server/inbox/watching/pull.ts'
import { type Registration, registrationsOf } from '../../server/providers/matrix/setup/registration.ts'
import { createDatabase } from './database.ts'
import { findPorts } from './ports.ts'

/** The whole server in this process, on a database and a directory of its own. Used by its public API only, but for what it prints. */
export interface Product extends AsyncDisposable {
  /** The same before and after it was stopped. */
  readonly url: string
  /** By which it is started: its data directory, port and database among them. */
  readonly env: Readonly<Record<string, string>>
  /** What the server prints on its first start. */
  setupToken(): Promise<string>
  /** What `mistok registration` prints. */
  registrations(serverName: string): Promise<{ readonly appservice: Registration; readonly doublePuppet: Registration }>
  /** As SIGTERM does. */
  stop(): Promise<void>
  start(): Promise<void>
}

/** `pullTimes`: how long pushes are trusted before they are audited, and how soon they are missed. `ffmpeg`: the program; none, unless said. `mediaMax`: the largest file, as in the environment. */
export interface ProductOptions {
  readonly pullTimes?: PullTimes
  readonly ffmpeg?: string
  readonly mediaMax?: string
  /** The config files of homeserver and bridge that this server may read. */
  readonly configFiles?: { readonly homeserver: string; readonly bridge: string }
  /** Where the built page is; none, unless said. */
  readonly webRoot?: string
  /** Where Meta's API and its files are. */
  readonly meta?: { readonly graphUrl: string; readonly mediaUrl: string }
}

/** Starts it on a free port; ended and removed by `await using`. */
export async function openProduct({
  pullTimes = { auditEveryMs: 2_000 },
  ffmpeg = 'off',
  mediaMax,
  configFiles,
  webRoot,
  meta,
}: ProductOptions = {}): Promise<Product> {
  await using opened = new AsyncDisposableStack()
  const directory = mkdtempSync(join(tmpdir(), 'mistok-product-'))
  opened.defer(() => rmSync(directory, { recursive: true, force: true }))
  const database = opened.use(await createDatabase())
  const env: Readonly<Record<string, string>> = {
    MISTOK_DATA_DIR: directory,
    MISTOK_PORT: String(await findPorts(1)),
    DATABASE_URL: database.connectionString,
    MISTOK_FFMPEG: ffmpeg,
    ...(mediaMax === undefined ? {} : { MISTOK_MEDIA_MAX: mediaMax }),
    ...(configFiles === undefined ? {} : { MISTOK_HOMESERVER_CONFIG: configFiles.homeserver, MISTOK_BRIDGE_CONFIG: configFiles.bridge }),
    ...(meta === undefined ? {} : { MISTOK_GRAPH_URL: meta.graphUrl, MISTOK_GRAPH_MEDIA_URL: meta.mediaUrl }),
    MISTOK_LOG_LEVEL: process.env['MISTOK_TEST_LOG'] ?? 'silent',
  }
  const read = readConfig(env)
  const open = () => createApp({ ...read, directory, webRoot: webRoot ?? join(directory, 'no-page'), pullTimes })

  let app: Awaited<ReturnType<typeof open>> | undefined = await open()
  const running = () => {
    if (app === undefined) throw new Error('the server is stopped')
    return app
  }
  const stop = async () => {
    const ending = app
    app = undefined
    await ending?.close()
  }
  opened.defer(stop)
  const kept = opened.move()
  const { url } = running()
  return {
    url,
    env,
    async setupToken() {
      const token = await running().signIn.issueSetupToken()
      if (token === null) throw new Error('somebody is there already, so no set-up token is printed')
      return token
    },
    async registrations(serverName) {
      return registrationsOf({ ...(await running().matrixConfigs.ensureRegistration()), serverName, url })
    },
    stop,
    async start() {
      app ??= await open()
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  }
}
