import { createHash } from 'node:crypto'
import { chmodSync, existsSync, lstatSync, mkdirSync, realpathSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import type { Log } from '../lib/log.ts'
import { admitAccount, chooseAccount } from './postgres-account.ts'
import { findPostgres } from './postgres-binaries.ts'
import { createCluster, startPostmaster, type Installation, type Process } from './postgres-process.ts'
import { fateOf, forgetPostmaster, readPostmaster } from './postmaster.ts'

/**
 * Where a client finds the database: `host` is the directory of the Unix socket. No password: only our own user may enter that directory.
 */
export type EmbeddedConnection = { host: string; port: number; user: string; database: string }

/**
 * A running PostgreSQL of our own. `pid` changes when it died and was started again; `adopted` says that an earlier process had started it.
 */
export type EmbeddedPostgres = {
  readonly pid: number
  readonly socketDir: string
  readonly connection: EmbeddedConnection
  readonly adopted: boolean
  /** Ends PostgreSQL in good order (SIGINT: clients are cut off, everything is on disk) and waits for it; may be called twice. */
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

type EmbeddedOptions = { dataDir: string; log: Pick<Log, 'info' | 'warn'>; fast?: boolean; onRestart?: () => void }

const port = 5432
const user = 'mistok'
const database = 'mistok'
const recoveryMs = 300_000
const lingerMs = 10_000
const stopSignals = [
  ['SIGINT', 60_000],
  ['SIGQUIT', 10_000],
  ['SIGKILL', 10_000],
] as const

/**
 * Starts the PostgreSQL of `dataDir`, making the cluster first where there is none, or adopts the one that an earlier, killed process left
 * running. The caller holds the lock of the data directory. Should PostgreSQL die, it is started again, and `onRestart` is called: its
 * `pid` is another one. `fast` is for tests only: nothing is forced to disk.
 */
export async function openEmbedded({ dataDir, log, fast = false, onRestart }: EmbeddedOptions): Promise<EmbeddedPostgres> {
  const installation = prepare(dataDir, fast)
  const left = await awaitLeftover(installation)
  let running = left ?? (await start(installation))
  await createDatabase(installation.socketDir)
  log.info({ postgres_pid: running.pid }, left === undefined ? 'PostgreSQL started' : 'PostgreSQL adopted')

  let closing = false
  const supervised = supervise()

  async function supervise(): Promise<void> {
    for (;;) {
      await running.exited
      if (closing) return
      log.warn({ postgres_pid: running.pid, log_file: installation.logFile }, 'PostgreSQL ended by itself; starting it again')
      running = await startAgain()
      if (closing) await stop(running, installation.clusterDir)
      else onRestart?.()
    }
  }

  async function startAgain(): Promise<Process> {
    try {
      return await start(installation)
    } catch (error) {
      log.warn({ error: String(error) }, 'PostgreSQL could not be started again yet')
      await sleep(1000)
      return { pid: running.pid, exited: Promise.resolve('') }
    }
  }

  async function close(): Promise<void> {
    closing = true
    await stop(running, installation.clusterDir)
    await supervised
  }

  return {
    get pid() {
      return running.pid
    },
    socketDir: installation.socketDir,
    connection: connectionAt(installation.socketDir),
    adopted: left !== undefined,
    close,
    [Symbol.asyncDispose]: close,
  }
}

/** The connection to a PostgreSQL that already runs on `dataDir`, for commands beside a running server; undefined where none runs. */
export async function findEmbedded(dataDir: string): Promise<EmbeddedConnection | undefined> {
  const clusterDir = join(existsSync(dataDir) ? realpathSync(dataDir) : dataDir, 'postgres')
  const postmaster = readPostmaster(clusterDir)
  if (postmaster === undefined || fateOf(postmaster.pid, clusterDir) !== 'ours') return undefined
  return (await answers(postmaster.socketDir)) ? connectionAt(postmaster.socketDir) : undefined
}

function connectionAt(socketDir: string): EmbeddedConnection {
  return { host: socketDir, port, user, database }
}

function prepare(dataDir: string, fast: boolean): Installation {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  const home = realpathSync(dataDir)
  const clusterDir = join(home, 'postgres')
  const binaries = findPostgres({ linksDir: join(home, 'postgres-lib') })
  const account = chooseAccount(clusterDir)
  const socketDir = chooseSocketDir(home, [process.getuid?.(), account.ids?.uid])
  const installation = { clusterDir, socketDir, logFile: join(home, 'postgres.log'), binaries, account, user, port, fast }
  const admit = (dir: string) => admitAccount(account, { dataDir: home, ownDirs: [dir, socketDir], program: binaries.postgres })
  if (existsSync(clusterDir)) {
    admit(clusterDir)
    return installation
  }
  // Built beside and moved into place, so that a kill in the middle leaves no half-made cluster.
  const building = `${clusterDir}.new`
  rmSync(building, { recursive: true, force: true })
  mkdirSync(building, { mode: 0o700 })
  admit(building)
  createCluster(installation, building)
  renameSync(building, clusterDir)
  return installation
}

/**
 * A socket's path may have about 100 bytes; for a longer one a directory of our own, named after the data directory, stands in the
 * system's.
 */
function chooseSocketDir(home: string, owners: (number | undefined)[]): string {
  const fits = (dir: string) => Buffer.byteLength(join(dir, `.s.PGSQL.${port}`)) <= 100
  const name = `mistok-${createHash('sha256').update(home).digest('hex').slice(0, 16)}`
  const dir = [join(home, 'socket'), join(tmpdir(), name)].find(fits) ?? join('/tmp', name)
  mkdirSync(dir, { recursive: true, mode: 0o700 })
  const found = lstatSync(dir)
  if (!found.isDirectory() || !owners.includes(found.uid)) throw new Error(`${dir}, meant for PostgreSQL's socket, is not ours. Remove it.`)
  chmodSync(dir, 0o700)
  return dir
}

/** A live PostgreSQL of this cluster, once it answers; undefined once none is left. Throws where one neither answers nor ends. */
async function awaitLeftover({ clusterDir, socketDir }: Installation): Promise<Process | undefined> {
  const began = performance.now()
  for (;;) {
    const waitedMs = performance.now() - began
    const postmaster = readPostmaster(clusterDir)
    const fate = postmaster === undefined ? 'gone' : fateOf(postmaster.pid, clusterDir)
    if (postmaster === undefined || fate === 'gone' || fate === 'other' || (fate === 'zombie' && waitedMs > lingerMs)) return undefined
    if (fate === 'ours' && postmaster.status !== 'stopping' && (await answers(postmaster.socketDir))) {
      const { pid } = postmaster
      if (postmaster.socketDir === socketDir) return { pid, exited: untilGone(pid, clusterDir) }
      await stop({ pid }, clusterDir)
    }
    if (waitedMs > recoveryMs) throw new Error(`PostgreSQL (process ${postmaster.pid}) of ${clusterDir} neither answers nor ends.`)
    await sleep(50)
  }
}

/**
 * Starts PostgreSQL and waits until it answers; where children of a dead one still write, tries again for 10 s. Throws with its last words.
 */
async function start(installation: Installation): Promise<Process> {
  const began = performance.now()
  for (;;) {
    forgetPostmaster(installation.clusterDir)
    const child = startPostmaster(installation)
    let ended: string | undefined
    void child.exited.then((words) => (ended = words))
    while (ended === undefined) {
      if (await answers(installation.socketDir)) return child
      if (performance.now() - began > recoveryMs) throw new Error(`PostgreSQL does not answer; see ${installation.logFile}.`)
      await sleep(20)
    }
    if (!ended.includes('still in use') || performance.now() - began > lingerMs) throw new Error(`PostgreSQL did not start: ${ended}`)
    await sleep(200)
  }
}

async function stop({ pid }: Pick<Process, 'pid'>, clusterDir: string): Promise<void> {
  for (const [signal, patienceMs] of stopSignals) {
    if (fateOf(pid, clusterDir) !== 'ours') return
    process.kill(pid, signal)
    const began = performance.now()
    while (fateOf(pid, clusterDir) === 'ours' && performance.now() - began < patienceMs) await sleep(20)
  }
}

async function untilGone(pid: number, clusterDir: string): Promise<string> {
  while (fateOf(pid, clusterDir) === 'ours') await sleep(500)
  return ''
}

async function answers(socketDir: string): Promise<boolean> {
  return withClient(socketDir, 'postgres', async () => true).catch(() => false)
}

async function createDatabase(socketDir: string): Promise<void> {
  await withClient(socketDir, 'postgres', async (client) => {
    const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [database])
    if (rowCount === 0) await client.query(`CREATE DATABASE ${database}`)
  })
}

async function withClient<T>(socketDir: string, name: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ ...connectionAt(socketDir), database: name, connectionTimeoutMillis: 2000 })
  client.on('error', () => {})
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}
