import { createHmac } from 'node:crypto'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findPorts } from '../support/ports.ts'
import { openGuard } from './guard.ts'
import { openSynapseDatabase } from './synapse-database.ts'
import { writeSynapseConfig } from './synapse-config.ts'
import { installSynapse } from './synapse-install.ts'
import { synapseProcess } from './synapse-process.ts'

const ADMIN = { adminLogin: 'admin', adminPassword: 'test-admin-password' }
const SECRET = 'test-registration-secret'

/**
 * What a test wants of its Synapse. `registrations` are application services as protocol/homeserver.md 3.1 writes them. Without
 * `dir` a temporary one is made and removed at the end; the same `dir` again continues what is in it. Without `port` a free one.
 */
export interface SynapseOptions {
  serverName: string
  registrations: readonly object[]
  database: 'postgres' | 'sqlite'
  dir?: string
  loginLimits?: 'default' | 'high'
  port?: number
}

/** A running Synapse on loopback; `await using` ends it. */
export interface Synapse extends AsyncDisposable {
  readonly url: string
  readonly serverName: string
  readonly adminLogin: string
  readonly adminPassword: string
  /** The admin's, from when it was made: signing in is limited. Undefined where the admin was there before. */
  readonly adminToken: string | undefined
  readonly registrationSharedSecret: string
  /** The process's id; undefined while it is down. */
  readonly pid: number | undefined
  /** SIGKILL, as a power cut would; its database stays up. */
  kill(): Promise<void>
  /** Ends it cleanly where it runs, and starts it again on the same port and data. */
  restart(): Promise<void>
  /** Ends Synapse and its database for good. */
  stop(): Promise<void>
  /** The last lines it logged. */
  logTail(lines?: number): string
}

/** Gives its token; undefined where it is there already. */
async function registerAdmin(url: string): Promise<string | undefined> {
  const { adminLogin: username, adminPassword: password } = ADMIN
  const path = `${url}/_synapse/admin/v1/register`
  const { nonce } = (await (await fetch(path)).json()) as { nonce: string }
  const mac = createHmac('sha1', SECRET).update([nonce, username, password, 'admin'].join('\0')).digest('hex')
  const body = JSON.stringify({ nonce, username, password, admin: true, mac })
  const answer = await fetch(path, { method: 'POST', body })
  const text = await answer.text()
  if (answer.ok) return (JSON.parse(text) as { access_token: string }).access_token
  if (!text.includes('M_USER_IN_USE')) throw new Error(`Synapse refused to make its admin: ${answer.status} ${text}`)
  return undefined
}

/** Starts the pinned Synapse (installed first where it is not) and waits until `/health` answers; the admin is made once. */
export async function startSynapse(options: SynapseOptions): Promise<Synapse> {
  const { serverName, registrations, loginLimits = 'default' } = options
  const python = await installSynapse()
  await using opened = new AsyncDisposableStack()
  const dir = options.dir ?? (await mkdtemp(join(tmpdir(), 'mistok-synapse-')))
  if (options.dir === undefined) opened.defer(() => rm(dir, { recursive: true, force: true }))
  await mkdir(dir, { recursive: true, mode: 0o700 })
  const port = options.port ?? (await findPorts(1))
  const url = `http://127.0.0.1:${port}`
  const guard = openGuard(options.dir === undefined ? dir : undefined)
  opened.defer(guard.close)
  const database = await openSynapseDatabase(options.database, dir)
  opened.defer(database.close)
  const server = synapseProcess({ python, dir, url, onStart: (pid) => guard.watch([pid, database.pid]) })
  opened.defer(() => server.end('SIGTERM'))
  const config = { dir, port, serverName, registrations, loginLimits, database: database.config, registrationSharedSecret: SECRET }
  await writeSynapseConfig(config)
  await server.start()
  const adminToken = await registerAdmin(url)
  const kept = opened.move()
  return {
    url,
    serverName,
    ...ADMIN,
    adminToken,
    registrationSharedSecret: SECRET,
    get pid() {
      return server.pid
    },
    kill: () => server.end('SIGKILL'),
    restart: async () => {
      await server.end('SIGTERM')
      await server.start()
    },
    stop: () => kept.disposeAsync(),
    logTail: server.logTail,
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  }
}
