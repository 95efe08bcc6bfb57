import { spawn, spawnSync } from 'node:child_process'
import { closeSync, existsSync, openSync, readFileSync, renameSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Account } from './postgres-account.ts'
import type { PostgresBinaries } from './postgres-binaries.ts'

/** All that is needed to make a cluster and to run PostgreSQL on it. */
export type Installation = {
  clusterDir: string
  socketDir: string
  logFile: string
  binaries: PostgresBinaries
  account: Account
  user: string
  port: number
  fast: boolean
}

/** A running main process; `exited` is settled when it is gone, with its last words where we heard them. */
export type Process = { pid: number; exited: Promise<string> }

// The character types come from the system, which alone pg_trgm asks: with C it finds no letter in Cyrillic words, and so no trigram.
const characterTypes = process.platform === 'darwin' ? 'en_US.UTF-8' : 'C.UTF-8'

/**
 * Makes a new cluster in the empty directory `dir`. The locale is named in full: a machine without LANG would give one in which lower(),
 * ILIKE and trigrams fail on Cyrillic.
 */
export function createCluster({ binaries, account, user, fast }: Installation, dir: string): void {
  const locale = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8', `--lc-ctype=${characterTypes}`]
  const args = ['-D', dir, `--username=${user}`, '--auth=trust', '--no-instructions', ...locale, ...(fast ? ['--no-sync'] : [])]
  const [command = '', ...rest] = [...account.prefix, binaries.initdb, ...args]
  const { status, stdout, stderr, error } = spawnSync(command, rest, { ...surroundings(binaries, account), encoding: 'utf8' })
  if (status !== 0) throw new Error(`initdb failed: ${error?.message ?? lastLines(stdout + stderr)}`)
}

/** Starts PostgreSQL in a session of its own, so that no signal meant for us reaches it before we have finished with it. */
export function startPostmaster(installation: Installation): Process {
  const { clusterDir, logFile, binaries, account } = installation
  checkVersion(clusterDir, binaries.version)
  const log = openLog(logFile)
  const from = statSync(logFile).size
  const [command = '', ...args] = [...account.prefix, binaries.postgres, '-D', clusterDir, ...settings(installation)]
  const child = spawn(command, args, { ...surroundings(binaries, account), detached: true, stdio: ['ignore', log, log] })
  closeSync(log)
  const exited = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message))
    child.once('exit', () => resolve(lastLines(readFileSync(logFile).subarray(from).toString())))
  })
  return { pid: child.pid ?? 0, exited }
}

function settings({ socketDir, port, fast }: Installation): string[] {
  const values = {
    listen_addresses: '',
    unix_socket_directories: `"${socketDir.replaceAll('"', '""')}"`,
    unix_socket_permissions: '0700',
    port,
    max_connections: 100,
    shared_buffers: '128MB',
    work_mem: '8MB',
    maintenance_work_mem: '128MB',
    effective_cache_size: '1GB',
    random_page_cost: 1.1,
    // Two cores serve many short queries better than a few split ones, and containers give split ones too little shared memory.
    max_parallel_workers_per_gather: 0,
    jit: 'off',
    fsync: fast ? 'off' : 'on',
    full_page_writes: fast ? 'off' : 'on',
    synchronous_commit: fast ? 'off' : 'on',
    timezone: 'UTC',
    log_timezone: 'UTC',
  }
  return Object.entries(values).flatMap(([name, value]) => ['-c', `${name}=${value}`])
}

/** Nothing of our own environment reaches PostgreSQL: PG* and LC_* variables would change what it does. */
function surroundings({ env }: PostgresBinaries, { ids }: Account) {
  return { cwd: '/', env: { PATH: process.env['PATH'] ?? '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC', ...env }, ...ids }
}

function checkVersion(clusterDir: string, version: string): void {
  const [ours] = version.split('.')
  const theirs = readFileSync(join(clusterDir, 'PG_VERSION'), 'utf8').trim()
  if (ours === theirs) return
  throw new Error(
    `${clusterDir} was made by PostgreSQL ${theirs}, and this Mistok brings ${version}. ` +
      'Make a backup with the Mistok that made it and restore it into an empty data directory.',
  )
}

const logLimit = 5_000_000

function openLog(file: string): number {
  if (existsSync(file) && statSync(file).size > logLimit) renameSync(file, `${file}.1`)
  return openSync(file, 'a', 0o600)
}

function lastLines(text: string): string {
  return text.trim().split('\n').slice(-6).join('\n')
}
