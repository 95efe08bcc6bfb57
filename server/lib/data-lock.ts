import { spawnSync } from 'node:child_process'
import { closeSync, constants, ftruncateSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { ConfigError } from './config-error.ts'

/** Who serves a data directory, as the lock file tells it; `url` is null until the server listens. */
export type LockHolder = { pid: number; url: string | null; since: string }

/** The hold on a data directory; `announce` writes the address for others to read, `release` may be called twice. */
export type DataLock = { announce(url: string): void; release(): void; [Symbol.dispose](): void }

/** Another process serves this data directory; `holder` is absent while that process is only just starting. */
export class DataLockedError extends Error {
  readonly holder: LockHolder | undefined

  constructor(dataDir: string, holder: LockHolder | undefined) {
    const who = holder === undefined ? 'another process' : `process ${holder.pid}${holder.url === null ? '' : ` at ${holder.url}`}`
    super(`The data directory ${dataDir} is already served by ${who}. Stop that one, or set MISTOK_DATA_DIR to another directory.`)
    this.name = 'DataLockedError'
    this.holder = holder
  }
}

const macExclusiveLock = 0x20

/** Makes a directory that data is kept in, and those above it, for us alone; one that is there is left as it is. Throws ConfigError. */
export function makeDataDirectory(directory: string): void {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 })
  } catch (error) {
    throw unusable(directory, error)
  }
}

function unusable(directory: string, error: unknown): ConfigError {
  const why = error instanceof Error && 'code' in error ? String(error.code) : String(error)
  return new ConfigError([`The data directory ${directory} cannot be used (${why}). Set MISTOK_DATA_DIR to one that may be written to.`])
}

/**
 * Makes this process the only one that serves `dataDir` (settled: a second server on it is refused in words). Throws DataLockedError, and ConfigError where
 * it cannot write. The lock itself is the kernel's on the open file `lock`, so it ends with the process, even by kill -9; the file's text is only for people.
 */
export function takeDataLock({ dataDir, now }: { dataDir: string; now: Date }): DataLock {
  makeDataDirectory(dataDir)
  const file = join(dataDir, 'lock')
  const fd = openLocked(file, dataDir)
  if (fd === undefined) throw new DataLockedError(dataDir, readHolder(file))

  const holder: LockHolder = { pid: process.pid, url: null, since: now.toISOString() }
  writeHolder(fd, holder)
  let held = true
  const release = () => {
    if (!held) return
    held = false
    ftruncateSync(fd)
    closeSync(fd)
  }
  return { announce: (url) => writeHolder(fd, { ...holder, url }), release, [Symbol.dispose]: release }
}

/** The open descriptor that carries the lock, or undefined where another process has it. */
function openLocked(file: string, dataDir: string): number | undefined {
  const flags = constants.O_RDWR | constants.O_CREAT
  if (process.platform === 'darwin') {
    try {
      return openSync(file, flags | constants.O_NONBLOCK | macExclusiveLock, 0o600)
    } catch (error) {
      if (error instanceof Error && 'code' in error && (error.code === 'EAGAIN' || error.code === 'EWOULDBLOCK')) return undefined
      throw unusable(dataDir, error)
    }
  }
  const fd = open(file, flags, dataDir)
  // Node has no flock(2); the tool locks the descriptor that it shares with us, and the lock stays with ours when it ends.
  const { status, error } = spawnSync('flock', ['--nonblock', '3'], { stdio: ['ignore', 'ignore', 'ignore', fd] })
  if (status === 0) return fd
  closeSync(fd)
  if (status === 1) return undefined
  throw new Error(
    `The data directory could not be locked: the program flock (package util-linux) did not run (${error?.message ?? status}).`,
  )
}

function open(file: string, flags: number, dataDir: string): number {
  try {
    return openSync(file, flags, 0o600)
  } catch (error) {
    throw unusable(dataDir, error)
  }
}

function writeHolder(fd: number, holder: LockHolder): void {
  ftruncateSync(fd)
  writeSync(fd, `${JSON.stringify(holder)}\n`, 0)
}

function readHolder(file: string): LockHolder | undefined {
  try {
    const holder: unknown = JSON.parse(readFileSync(file, 'utf8'))
    return isHolder(holder) ? holder : undefined
  } catch {
    return undefined
  }
}

function isHolder(value: unknown): value is LockHolder {
  return (
    typeof value === 'object' && value !== null && 'pid' in value && typeof value.pid === 'number' && 'url' in value && 'since' in value
  )
}
