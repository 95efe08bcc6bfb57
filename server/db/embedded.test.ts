import { type ChildProcess, type SpawnOptions, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, chownSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterEach, expect, test } from 'vitest'
import { type EmbeddedConnection, findEmbedded, openEmbedded } from './embedded.ts'
import { silentLog as log } from '../lib/log.ts'
import { fateOf } from './postmaster.ts'

const nobody = { uid: 65534, gid: 65534 }
/** Root may act as somebody else, if that one can reach this checkout. */
const mayBeOthers = process.getuid?.() === 0 && spawnSync(process.execPath, ['--version'], nobody).status === 0
const ends: (() => Promise<unknown> | void)[] = []

afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end()
})

function makeDir(): string {
  const dir = mkdtempSync(join(tmpdir(), 'mistok-embedded-'))
  ends.push(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}

async function open(dataDir: string, fast = true, onRestart = () => {}) {
  const embedded = await openEmbedded({ dataDir, log, fast, onRestart })
  ends.push(() => embedded.close())
  return embedded
}

async function ask(connection: EmbeddedConnection, sql: string): Promise<unknown> {
  const client = new pg.Client({ ...connection })
  await client.connect()
  try {
    const { rows } = await client.query({ text: sql, rowMode: 'array' })
    return rows[0]?.[0]
  } finally {
    await client.end()
  }
}

/** A process of its own that opens the embedded PostgreSQL, tells its pid, and goes on until it is killed. */
async function openElsewhere(dataDir: string, options: SpawnOptions = {}): Promise<{ child: ChildProcess; pid: number; stderr: string }> {
  const script = `
    const { openEmbedded } = await import(${JSON.stringify(new URL('embedded.ts', import.meta.url).href)})
    const log = { info() {}, warn() {} }
    const { pid } = await openEmbedded({ dataDir: ${JSON.stringify(dataDir)}, log, fast: true })
    console.log(pid)
    setInterval(() => {}, 1000)`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { ...options, cwd: '/' })
  ends.push(() => void child.kill('SIGKILL'))
  let stderr = ''
  child.stderr?.on('data', (text) => (stderr += text))
  const [line] = await Promise.race([once(child.stdout!, 'data'), once(child, 'close')])
  return { child, pid: Number(String(line)), stderr }
}

async function killed({ child }: { child: ChildProcess }): Promise<void> {
  child.kill('SIGKILL')
  await once(child, 'exit')
}

async function until(holds: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 50))
}

test('starts on an empty directory, keeps what it is told, and is gone after close', async () => {
  const dataDir = makeDir()
  const first = await open(dataDir)
  expect(first.adopted).toBe(false)
  await ask(first.connection, 'CREATE TABLE kept AS SELECT 7 AS n')
  await first.close()
  await first.close()
  expect(fateOf(first.pid, join(dataDir, 'postgres'))).toBe('gone')
  expect(await findEmbedded(dataDir)).toBeUndefined()

  const second = await open(dataDir)
  expect(await ask(second.connection, 'SELECT n FROM kept')).toBe(7)
})

test('lowers and finds Cyrillic, and loads what the search needs, whatever the environment says', async () => {
  const { connection } = await open(makeDir())
  const lowered = `lower('ЇЖАК Ґ'), ('Привіт' ILIKE '%ПРИВІТ%')::text`
  expect(await ask(connection, `SELECT ARRAY[${lowered}, getdatabaseencoding(), current_setting('timezone')]`)).toEqual([
    'їжак ґ',
    'true',
    'UTF8',
    'UTC',
  ])
  for (const name of ['pg_trgm', 'unaccent', 'btree_gin']) await ask(connection, `CREATE EXTENSION ${name}`)
  expect(await ask(connection, `SELECT similarity('місток', 'містки') > 0.3`)).toBe(true)
})

test('listens on a socket that only its owner may enter, and on no network', async () => {
  const { connection, socketDir } = await open(makeDir())
  expect(statSync(socketDir).mode & 0o777).toBe(0o700)
  expect(await ask(connection, 'SHOW listen_addresses')).toBe('')
})

test('adopts the PostgreSQL of a killed process, with what it held', async () => {
  const dataDir = makeDir()
  const elsewhere = await openElsewhere(dataDir)
  const connection = await findEmbedded(dataDir)
  await ask(connection!, 'CREATE TABLE kept AS SELECT 7 AS n')
  await killed(elsewhere)

  const embedded = await open(dataDir)
  expect(embedded).toMatchObject({ adopted: true, pid: elsewhere.pid })
  expect(await ask(embedded.connection, 'SELECT n FROM kept')).toBe(7)
  await embedded.close()
  expect(fateOf(embedded.pid, join(dataDir, 'postgres'))).not.toBe('ours')
})

test('starts again when PostgreSQL itself is killed, tells so, and what was committed is there', async () => {
  const dataDir = makeDir()
  const told: number[] = []
  const embedded = await open(dataDir, false, () => told.push(embedded.pid))
  await ask(embedded.connection, 'CREATE TABLE kept AS SELECT 7 AS n')
  const killedPid = embedded.pid
  process.kill(killedPid, 'SIGKILL')
  await until(async () => told.length > 0)
  expect(told).toEqual([embedded.pid])
  expect(embedded.pid).not.toBe(killedPid)
  expect(await ask(embedded.connection, 'SELECT n FROM kept')).toBe(7)
})

test('starts when both were killed, and the pid in the file now belongs to another process', async () => {
  const dataDir = makeDir()
  const elsewhere = await openElsewhere(dataDir)
  await killed(elsewhere)
  process.kill(elsewhere.pid, 'SIGKILL')
  await until(() => fateOf(elsewhere.pid, join(dataDir, 'postgres')) !== 'ours')
  const stranger = spawn('sleep', ['60'])
  ends.push(() => void stranger.kill())
  writePid(dataDir, stranger.pid)

  const embedded = await open(dataDir)
  expect(embedded.adopted).toBe(false)
  expect(stranger.exitCode).toBeNull()
})

test.runIf(process.platform === 'linux')(
  'starts although the pid in the file is that of a zombie which nobody buries',
  { timeout: 40_000 },
  async () => {
    const dataDir = makeDir()
    await (await openEmbedded({ dataDir, log, fast: true })).close()
    // The child outlives the shell, which would bury it.
    const parent = spawn('sh', ['-c', 'sleep 1 & echo $!; exec sleep 60'])
    ends.push(() => void parent.kill())
    const [line] = await once(parent.stdout, 'data')
    const zombie = Number(String(line))
    await until(() => fateOf(zombie, join(dataDir, 'postgres')) === 'zombie')
    writePid(dataDir, zombie)

    expect((await open(dataDir)).adopted).toBe(false)
  },
)

test('a half-made cluster of a killed first start does not stand in the way', async () => {
  const dataDir = makeDir()
  mkdirSync(join(dataDir, 'postgres.new'))
  writeFileSync(join(dataDir, 'postgres.new', 'PG_VERSION'), '18')
  expect((await open(dataDir)).adopted).toBe(false)
})

test('works at a path too long for a socket, below a directory that only its owner may enter', async () => {
  const locked = join(makeDir(), 'only-for-me')
  mkdirSync(locked, { mode: 0o700 })
  const embedded = await open(join(locked, 'a-rather-long-name-'.repeat(6), "it's data"))
  ends.unshift(() => rmSync(embedded.socketDir, { recursive: true, force: true }))
  expect(Buffer.byteLength(embedded.socketDir)).toBeLessThan(80)
  expect(await ask(embedded.connection, 'SELECT 1')).toBe(1)
})

test.runIf(mayBeOthers)('works for a user who is not root', async () => {
  const dataDir = makeDir()
  chownSync(dataDir, nobody.uid, nobody.gid)
  const elsewhere = await openElsewhere(dataDir, nobody)
  expect(elsewhere.pid).toBeGreaterThan(0)
  expect(statSync(join(dataDir, 'postgres')).uid).toBe(65534)
  await killed(elsewhere)

  // The cluster keeps its owner when root opens it later.
  const adopted = await open(dataDir)
  expect(adopted).toMatchObject({ adopted: true, pid: elsewhere.pid })
  await adopted.close()
  const started = await open(dataDir)
  expect(await ask(started.connection, 'SELECT 1')).toBe(1)
  expect(readFileSync(`/proc/${started.pid}/status`, 'utf8')).toMatch(/^Uid:\t65534/m)
})

test.runIf(mayBeOthers)('as root without user namespaces, gives the cluster to an account that may run it, or says why not', async () => {
  const home = makeDir()
  chmodSync(home, 0o711)
  const tools = join(home, 'tools')
  mkdirSync(tools)
  for (const tool of ['chown', 'test']) symlinkSync(`/usr/bin/${tool}`, join(tools, tool))
  const dataDir = join(home, 'data')
  const elsewhere = await openElsewhere(dataDir, { env: { PATH: tools } })
  expect(elsewhere).toMatchObject({ stderr: '', pid: expect.any(Number) })
  expect(statSync(join(dataDir, 'postgres')).uid).not.toBe(0)
  await killed(elsewhere)
  await (await open(dataDir)).close()

  chmodSync(home, 0o700)
  const refused = await openElsewhere(join(home, 'other'), { env: { PATH: tools } })
  expect(refused.stderr).toContain('PostgreSQL refuses to run as root, and user')
})

test('a cluster of another version is refused in words', async () => {
  const dataDir = makeDir()
  await (await openEmbedded({ dataDir, log, fast: true })).close()
  const file = join(dataDir, 'postgres', 'PG_VERSION')
  chmodSync(file, 0o600)
  writeFileSync(file, '17\n')
  await expect(openEmbedded({ dataDir, log })).rejects.toThrow(/made by PostgreSQL 17.*backup/)
})

/** Writes a pid file as PostgreSQL would have left it, with a pid of our choice. */
function writePid(dataDir: string, pid: number | undefined): void {
  const dir = join(dataDir, 'postgres')
  writeFileSync(join(dir, 'postmaster.pid'), `${pid}\n${dir}\n1795350000\n5432\n${join(dataDir, 'socket')}\n\n\nready   \n`, {
    mode: 0o600,
  })
}
