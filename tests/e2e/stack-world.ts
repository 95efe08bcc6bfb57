import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import pg from 'pg'
import { startSandbox } from '../../sandbox/index.ts'
import { type EmbeddedConnection, openEmbedded } from '../../server/db/embedded.ts'
import { silentLog } from '../../server/lib/log.ts'
import { openPhones, type Phones } from '../support/phones.ts'
import { findPorts } from '../support/ports.ts'
import { buildBridge } from './real-bridge-build.ts'
import { type RunningUnit, startUnit } from './stack-units.ts'
import { installSynapse } from './synapse-install.ts'

const main = join(import.meta.dirname, '../../cli/main.ts')
const serverName = 'crm.example.com'

/** A machine on which the files of `mistok stack --systemd` are run; PostgreSQL and the phones are there, nothing else has been started. */
export interface StackWorld extends AsyncDisposable {
  readonly folder: string
  readonly url: string
  readonly phones: Phones
  /** How the first admin signs in, as `mistok stack` says it. */
  readonly admin: { readonly email: string; readonly password: string }
  start(unit: 'mistok-synapse' | 'mistok-bridge' | 'mistok'): Promise<RunningUnit>
  /** Runs a command of Mistok with the environment of the stack; gives what it printed, however it ended. */
  run(...args: readonly string[]): Promise<string>
}

/** Writes the stack into a new folder, puts Synapse and the bridge where `install.sh` would, and makes the databases as it does. */
export async function openStackWorld(): Promise<StackWorld> {
  await using opened = new AsyncDisposableStack()
  const root = mkdtempSync(join(tmpdir(), 'mistok-stack-'))
  opened.defer(() => rmSync(root, { recursive: true, force: true }))
  const folder = join(root, 'stack')
  const [mistok, homeserver, bridge, postgres] = [await findPorts(1), await findPorts(1), await findPorts(1), await findPorts(1)]
  const ports = { mistok, homeserver, bridge, postgres }
  const given = Object.entries(ports).flatMap(([name, port]) => [`--${name}-port`, String(port)])
  const written = await promisify(execFile)(process.execPath, [
    main,
    'stack',
    '--systemd',
    '--domain',
    serverName,
    '--out',
    folder,
    ...given,
  ])
  symlinkSync(dirname(dirname(await installSynapse())), join(folder, 'synapse', 'venv'))
  symlinkSync(await buildBridge(), join(folder, 'bridge', 'mautrix-whatsapp'))

  const cluster = await openEmbedded({ dataDir: join(root, 'cluster'), log: silentLog })
  opened.defer(() => cluster.close())
  await makeDatabases(cluster.connection, join(folder, 'postgres', 'databases.sql'))
  opened.use(await openTcp(postgres, cluster.connection))

  const url = `http://127.0.0.1:${homeserver}`
  const sandbox = await startSandbox({
    dataDir: join(root, 'phones'),
    ports: { homeserver: 0, bridge: 0, control: 0, graph: 0, graphMedia: 0 },
    serverName,
    timeScale: 0.05,
    statusEndpoint: '',
    checkpointEndpoint: '',
    otherBridge: true,
    homeserver: { url, adminLogin: '', adminPassword: '' },
    log: () => {},
  })
  opened.defer(() => sandbox.close())
  const environment = join(folder, 'mistok', 'environment')
  const kept = opened.move()
  return {
    folder,
    url: `http://127.0.0.1:${mistok}`,
    phones: openPhones(sandbox.controlUrl),
    admin: adminOf(written.stdout),
    start: (unit) => startUnit(folder, `${unit}.service`, { MISTOK_TEST_WIRE: sandbox.wireUrl ?? '', MISTOK_FFMPEG: 'off' }),
    run: (...args) => runCommand(environment, args),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  }
}

function adminOf(said: string): StackWorld['admin'] {
  const [, email = ''] = /E-mail +(\S+)/.exec(said) ?? []
  const [, password = ''] = /Password +(\S+)/.exec(said) ?? []
  return { email, password }
}

/**
 * One statement after the other, as psql does it: a database cannot be made within a transaction. The embedded cluster brings a role and a
 * database of our name, which an operator's does not.
 */
async function makeDatabases(connection: EmbeddedConnection, file: string): Promise<void> {
  await runSql(connection, ['create role postgres superuser login'])
  const operator = { ...connection, user: 'postgres', database: 'postgres' }
  await runSql(operator, ['alter database mistok rename to embedded', 'alter role mistok rename to embedded'])
  await runSql(operator, readFileSync(file, 'utf8').split(/;\n/))
}

async function runSql(connection: EmbeddedConnection, statements: readonly string[]): Promise<void> {
  const client = new pg.Client(connection)
  await client.connect()
  try {
    for (const statement of statements) if (statement.trim() !== '') await client.query(statement)
  } finally {
    await client.end()
  }
}

/** The embedded PostgreSQL listens on a socket alone; the stack's parts expect one that listens on loopback. */
async function openTcp(port: number, { host, port: number }: EmbeddedConnection): Promise<AsyncDisposable> {
  const sockets = new Set<{ destroy(): unknown }>()
  const server = createServer((socket) => {
    const inner = connect(join(host, `.s.PGSQL.${number}`))
    for (const one of [socket, inner]) {
      sockets.add(one)
      one.on('error', () => {})
      one.on('close', () => (sockets.delete(one), socket.destroy(), inner.destroy()))
    }
    socket.pipe(inner).pipe(socket)
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  return {
    async [Symbol.asyncDispose]() {
      server.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}

async function runCommand(environment: string, args: readonly string[]): Promise<string> {
  const pairs = readFileSync(environment, 'utf8')
    .split('\n')
    .filter((line) => line.includes('='))
    .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)])
  const env = { PATH: process.env['PATH'], MISTOK_FFMPEG: 'off', ...Object.fromEntries(pairs) }
  try {
    return (await promisify(execFile)(process.execPath, [main, ...args], { env, timeout: 120_000 })).stdout
  } catch (error) {
    if (error instanceof Error && 'stdout' in error) return String(error.stdout)
    throw error
  }
}
