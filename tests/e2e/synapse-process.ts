import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { waitFor } from './wait.ts'

const START_LIMIT = 90_000
const STOP_LIMIT = 20_000

/** The Synapse process of one data directory; it may be ended and started again. */
export interface SynapseProcess {
  readonly pid: number | undefined
  /** Starts it and waits until `/health` answers; throws with the end of its log. */
  start(): Promise<void>
  /** Ends it where it runs and waits for that; one that does not go within 20 s is killed. */
  end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void>
  logTail(lines?: number): string
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null
}

/** Prepares the process that serves `dir` at `url`; `onStart` is told each new pid. */
export function synapseProcess(options: {
  python: string
  dir: string
  url: string
  onStart: (pid: number | undefined) => void
}): SynapseProcess {
  const { python, dir, url, onStart } = options
  const logFile = join(dir, 'synapse.log')
  const logTail = (lines = 40): string => readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-lines).join('\n')
  let child: ChildProcess | undefined

  async function isReady(started: ChildProcess): Promise<boolean> {
    if (hasEnded(started)) throw new Error(`Synapse ended with ${started.exitCode ?? started.signalCode}`)
    const answer = await fetch(`${url}/health`).catch(() => undefined)
    return answer?.ok ?? false
  }

  async function start(): Promise<void> {
    const log = openSync(logFile, 'a')
    // No proxy and no credentials of the machine: it has nothing to ask outside loopback.
    const env = { PATH: process.env['PATH'] ?? '', HOME: dir, LANG: 'C.UTF-8', PYTHONUNBUFFERED: '1' }
    const args = ['-m', 'synapse.app.homeserver', '-c', join(dir, 'homeserver.yaml')]
    const started = spawn(python, args, { cwd: dir, env, stdio: ['ignore', log, log] })
    closeSync(log)
    child = started
    onStart(started.pid)
    try {
      await waitFor(() => isReady(started), { what: 'Synapse to answer /health', timeout: START_LIMIT, interval: 50 })
    } catch (error) {
      await end('SIGKILL')
      throw new Error(`${error instanceof Error ? error.message : String(error)}; its log ends:\n${logTail()}`, { cause: error })
    }
  }

  async function end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const running = child
    child = undefined
    if (running === undefined || hasEnded(running)) return
    const gone = once(running, 'exit')
    running.kill(signal)
    const hard = setTimeout(() => running.kill('SIGKILL'), STOP_LIMIT)
    await gone
    clearTimeout(hard)
  }

  return {
    get pid() {
      return child?.pid
    },
    start,
    end,
    logTail,
  }
}
