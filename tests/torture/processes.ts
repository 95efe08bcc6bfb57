import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openGuard } from '../e2e/guard.ts'
import { waitFor } from '../e2e/wait.ts'

const main = join(import.meta.dirname, '../../cli/main.ts')
const startLimit = 60_000
/** A server that was asked to stop has 10 s (product.md 8); the database that it stops last has some more. */
const stopLimit = 20_000

/** What a running server tells of itself in `mistok.json`. */
export interface ServerState {
  readonly url: string
  readonly pid: number
  readonly postgres_pid: number
  readonly database: { readonly host: string; readonly port: number; readonly user: string; readonly database: string }
}

/** One of our commands as a process that may be killed and started again. It must never end by itself: that is thrown by the next call. */
export interface Command {
  readonly pid: number | undefined
  start(): void
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>
  /** SIGTERM; throws unless it ends with 0 in time. */
  stop(): Promise<void>
  /** Ends it where it still runs, however; after `stop` this does nothing. */
  end(): Promise<void>
  /** Throws when it has ended by itself. */
  check(): void
}

/** `name` is for messages and for the file of what it says; `flags` are Node's. */
export function command(options: {
  name: string
  args: readonly string[]
  flags?: readonly string[] | undefined
  env: NodeJS.ProcessEnv
  folder: string
}): Command {
  const { name, args, flags = [], env, folder } = options
  const log = join(folder, `${name}.log`)
  let child: ChildProcess | undefined
  const hasEnded = (one: ChildProcess) => one.exitCode !== null || one.signalCode !== null
  const lastWords = () => readFileSync(log, 'utf8').trimEnd().split('\n').slice(-60).join('\n')

  function check(): void {
    if (child === undefined || !hasEnded(child)) return
    const how = child.exitCode ?? child.signalCode
    throw new Error(`the ${name} ended by itself with ${how}:\n${lastWords()}`)
  }

  async function end(signal: 'SIGTERM' | 'SIGKILL'): Promise<number | null> {
    const running = child
    child = undefined
    if (running === undefined || hasEnded(running)) return running?.exitCode ?? null
    const gone = once(running, 'exit')
    running.kill(signal)
    const hard = setTimeout(() => running.kill('SIGKILL'), stopLimit)
    await gone
    clearTimeout(hard)
    return running.exitCode
  }

  return {
    get pid() {
      return child?.pid
    },
    start() {
      const out = openSync(log, 'a')
      child = spawn(process.execPath, [...flags, main, ...args], { env, stdio: ['ignore', out, out] })
      closeSync(out)
    },
    async kill() {
      check()
      await end('SIGKILL')
    },
    async end() {
      await end('SIGTERM')
    },
    async stop() {
      check()
      const code = await end('SIGTERM')
      if (code !== 0) throw new Error(`the ${name} did not end well when asked to (${code}):\n${lastWords()}`)
    },
    check,
  }
}

/** A server as a process, with its PostgreSQL. */
export interface ServerProcess {
  readonly state: ServerState
  /** Starts it and waits until it takes work; resolves with how long that took, in milliseconds. */
  start(): Promise<number>
  kill(): Promise<void>
  /** Kills the main process of PostgreSQL; resolves when the server has another one and takes work, with the milliseconds. */
  killPostgres(): Promise<number>
  stop(): Promise<void>
  /** Ends it where it still runs, however. */
  end(): Promise<void>
  check(): void
}

/** `data` is its data directory, `folder` where it is written down what it says; `args` begin with the command. */
export function serverProcess(options: {
  args: readonly string[]
  flags?: readonly string[] | undefined
  env: NodeJS.ProcessEnv
  folder: string
  data: string
  onPids: (pids: number[]) => void
}): ServerProcess {
  const { args, flags, env, folder, data, onPids } = options
  const file = join(data, 'mistok.json')
  const server = command({ name: 'server', args, flags, env, folder })
  let state: ServerState | undefined

  const read = (): ServerState | undefined => {
    try {
      return JSON.parse(readFileSync(file, 'utf8')) as ServerState
    } catch {
      return undefined
    }
  }
  /** Waits until `mistok.json` tells of what is wanted and the server takes work. */
  async function awaitReady(what: string, isIt: (found: ServerState) => boolean): Promise<void> {
    state = await waitFor(
      async () => {
        server.check()
        const found = read()
        if (found === undefined || !isIt(found)) return undefined
        const answer = await fetch(`${found.url}/health/ready`, { signal: AbortSignal.timeout(5_000) }).catch(() => undefined)
        return answer?.ok === true && found
      },
      { what, timeout: startLimit },
    )
    onPids([state.pid, state.postgres_pid])
  }
  const get = () => {
    if (state === undefined) throw new Error('the server has not been started')
    return state
  }

  return {
    get state() {
      return get()
    },
    async start() {
      const began = performance.now()
      server.start()
      await awaitReady('the server to take work', (found) => found.pid === server.pid)
      return performance.now() - began
    },
    kill: server.kill,
    async killPostgres() {
      const began = performance.now()
      const { postgres_pid } = get()
      process.kill(postgres_pid, 'SIGKILL')
      await awaitReady('the server to have a PostgreSQL again', (found) => found.postgres_pid !== postgres_pid)
      return performance.now() - began
    },
    stop: server.stop,
    end: server.end,
    check: server.check,
  }
}

/** A temporary folder that goes at the end, with all processes that were named, even where this process is killed. */
export interface Shelter extends AsyncDisposable {
  readonly folder: string
  /** Names the processes of one part, instead of those that it named before. */
  watch(part: string, pids: readonly (number | undefined)[]): void
}

export function openShelter(): Shelter {
  const folder = mkdtempSync(join(tmpdir(), 'mistok-torture-'))
  const guard = openGuard(folder)
  const parts = new Map<string, readonly (number | undefined)[]>()
  return {
    folder,
    watch(part, pids) {
      parts.set(part, pids)
      guard.watch([...parts.values()].flat())
    },
    async [Symbol.asyncDispose]() {
      await guard.close()
      if (existsSync(folder)) rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 })
    },
  }
}
