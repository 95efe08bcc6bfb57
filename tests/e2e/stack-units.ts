import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { openGuard } from './guard.ts'

const STOP_LIMIT = 20_000

/** A unit that runs; `await using` ends it. */
export interface RunningUnit extends AsyncDisposable {
  readonly pid: number | undefined
  end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void>
  logTail(): string
}

/** What systemd reads of a unit, as far as a process is concerned. */
interface Unit {
  readonly start: string
  readonly ready: string | undefined
  readonly folder: string
  readonly environment: Readonly<Record<string, string>>
}

/** Starts what a unit file says, as systemd would but for the user and the hardening, and waits until it says that it is ready. */
export async function startUnit(folder: string, name: string, more: Readonly<Record<string, string>> = {}): Promise<RunningUnit> {
  const unit = readUnit(join(folder, 'units', name))
  const logFile = join(folder, `${name}.log`)
  const log = openSync(logFile, 'a')
  const env = { PATH: process.env['PATH'] ?? '', HOME: unit.folder, LANG: 'C.UTF-8', ...unit.environment, ...more }
  const [program = '', ...args] = unit.start.split(' ')
  const child = spawn(program, args, { cwd: unit.folder, env, stdio: ['ignore', log, log] })
  closeSync(log)
  const guard = openGuard()
  guard.watch([child.pid])
  if (unit.ready !== undefined) {
    const [check = '', ...rest] = unit.ready.split(' ')
    await promisify(execFile)(check, rest, { timeout: 120_000, env })
  }
  const end = (signal: NodeJS.Signals) => endProcess(child, signal)
  return {
    pid: child.pid,
    end,
    logTail: () => readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-30).join('\n'),
    async [Symbol.asyncDispose]() {
      await end('SIGTERM')
      await guard.close()
    },
  }
}

async function endProcess(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  child.kill(signal)
  const hard = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT)
  await gone
  clearTimeout(hard)
}

function readUnit(file: string): Unit {
  const lines = readFileSync(file, 'utf8').split('\n')
  const all = (key: string) => lines.flatMap((line) => (line.startsWith(`${key}=`) ? [line.slice(key.length + 1)] : []))
  const [start = ''] = all('ExecStart')
  const [ready] = all('ExecStartPost')
  const [folder = '/'] = all('WorkingDirectory')
  const files = all('EnvironmentFile').flatMap((name) => readFileSync(name, 'utf8').split('\n'))
  return { start, ready, folder, environment: pairsOf([...all('Environment'), ...files]) }
}

function pairsOf(lines: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    lines.filter((line) => line.includes('=')).map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  )
}
