import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { DatabaseAddress } from '../../server/db/open.ts'
import { nodeEnv, serverFlags } from '../bootstrap.mjs'

/** The real server, as `mistok serve` runs it, in a process of its own. */
export interface RunningServer {
  readonly url: string
  readonly pid: number
  readonly database: DatabaseAddress
  /** From the start of the process until it had said that it listens. */
  readonly startMs: number
  stop(): Promise<void>
}

export const root = join(import.meta.dirname, '..', '..')
export const admin = { email: 'admin@bench.test', password: 'a long password of the bench' }

const patienceMs = 60_000

/** Starts it on a data directory and a free port. Throws when it ends or says nothing for a minute. */
export async function startServer(directory: string): Promise<RunningServer> {
  const began = performance.now()
  const env = {
    ...nodeEnv,
    ...process.env,
    MISTOK_DATA_DIR: directory,
    MISTOK_PORT: '0',
    MISTOK_LOG_LEVEL: process.env['MISTOK_LOG_LEVEL'] ?? 'warn',
    MISTOK_ADMIN_EMAIL: admin.email,
    MISTOK_ADMIN_PASSWORD: admin.password,
  }
  const child = spawn(process.execPath, [...serverFlags, 'cli/main.ts', 'serve'], { cwd: root, env, stdio: ['ignore', 'pipe', 'inherit'] })
  // Its greeting: the first admin is there only then.
  const greeting = once(child.stdout, 'data')
  const told = await untilTold(join(directory, 'mistok.json'), child)
  const startMs = performance.now() - began
  await greeting
  return { ...told, startMs, stop: () => stop(child) }
}

async function untilTold(file: string, child: ChildProcess): Promise<Pick<RunningServer, 'url' | 'pid' | 'database'>> {
  const deadline = performance.now() + patienceMs
  while (performance.now() < deadline && child.exitCode === null && child.signalCode === null) {
    const told = existsSync(file) ? readTold(file) : undefined
    if (told?.pid === child.pid && told !== undefined) return told
    await sleep(5)
  }
  await stop(child)
  throw new Error('The server did not start; what it said stands above.')
}

/** Undefined while it is being written. */
function readTold(file: string): Pick<RunningServer, 'url' | 'pid' | 'database'> | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return undefined
  }
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), 30_000)
  await gone
  clearTimeout(timer)
}
