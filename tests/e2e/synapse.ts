import { type ChildProcess, spawn } from 'node:child_process'
import { createHmac } from 'node:crypto'
import { openSync, closeSync, readFileSync } from 'node:fs'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { once } from 'node:events'
import { openSynapseDatabase } from './synapse-database.ts'
import { writeSynapseConfig } from './synapse-config.ts'
import { installSynapse } from './synapse-install.ts'
import { waitFor } from './wait.ts'

const START_LIMIT = 90_000
const STOP_LIMIT = 20_000

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

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  if (address === null || typeof address === 'string') throw new Error('no free port')
  return address.port
}

async function registerAdmin(url: string, secret: string, login: string, password: string): Promise<void> {
  const path = `${url}/_synapse/admin/v1/register`
  const { nonce } = (await (await fetch(path)).json()) as { nonce: string }
  const mac = createHmac('sha1', secret).update([nonce, login, password, 'admin'].join('\0')).digest('hex')
  const body = JSON.stringify({ nonce, username: login, password, admin: true, mac })
  const answer = await fetch(path, { method: 'POST', body })
  const text = await answer.text()
  if (!answer.ok && !text.includes('M_USER_IN_USE')) throw new Error(`Synapse refused to make its admin: ${answer.status} ${text}`)
}

/** Starts the pinned Synapse (installed first where it is not) and waits until `/health` answers; the admin is made once. */
export async function startSynapse(options: SynapseOptions): Promise<Synapse> {
  const python = await installSynapse()
  const dir = options.dir ?? (await mkdtemp(join(tmpdir(), 'mistok-synapse-')))
  await mkdir(dir, { recursive: true, mode: 0o700 })
  const port = options.port ?? (await freePort())
  const url = `http://127.0.0.1:${port}`
  const logFile = join(dir, 'synapse.log')
  const secret = 'test-registration-secret'
  const admin = { login: 'admin', password: 'test-admin-password' }
  const database = await openSynapseDatabase(options.database, dir)
  let child: ChildProcess | undefined

  const logTail = (lines = 40): string => readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-lines).join('\n')
  const killAtExit = (): void => void child?.kill('SIGKILL')
  process.on('exit', killAtExit)

  async function start(): Promise<void> {
    const log = openSync(logFile, 'a')
    const env = { PATH: process.env['PATH'] ?? '', HOME: dir, LANG: 'C.UTF-8', PYTHONUNBUFFERED: '1' }
    const args = ['-m', 'synapse.app.homeserver', '-c', join(dir, 'homeserver.yaml')]
    const started = spawn(python, args, { cwd: dir, env, stdio: ['ignore', log, log] })
    closeSync(log)
    child = started
    const ready = async (): Promise<boolean> => {
      if (started.exitCode !== null || started.signalCode !== null)
        throw new Error(`Synapse ended with ${started.exitCode ?? started.signalCode}`)
      return fetch(`${url}/health`).then(
        (answer) => answer.ok,
        () => false,
      )
    }
    try {
      await waitFor(ready, { what: 'Synapse to answer /health', timeout: START_LIMIT, interval: 50 })
    } catch (error) {
      await end('SIGKILL')
      throw new Error(`${error instanceof Error ? error.message : String(error)}; its log ends:\n${logTail()}`, { cause: error })
    }
  }

  async function end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const running = child
    child = undefined
    if (running === undefined || running.exitCode !== null || running.signalCode !== null) return
    const gone = once(running, 'exit')
    running.kill(signal)
    const hard = setTimeout(() => running.kill('SIGKILL'), STOP_LIMIT)
    await gone
    clearTimeout(hard)
  }

  async function stop(): Promise<void> {
    await end('SIGTERM')
    process.off('exit', killAtExit)
    await database.close()
    if (options.dir === undefined) await rm(dir, { recursive: true, force: true })
  }

  try {
    await writeSynapseConfig({
      dir,
      port,
      serverName: options.serverName,
      registrations: options.registrations,
      database: database.config,
      loginLimits: options.loginLimits ?? 'default',
      registrationSharedSecret: secret,
    })
    await start()
    await registerAdmin(url, secret, admin.login, admin.password)
  } catch (error) {
    await stop()
    throw error
  }

  return {
    url,
    serverName: options.serverName,
    adminLogin: admin.login,
    adminPassword: admin.password,
    registrationSharedSecret: secret,
    get pid() {
      return child?.pid
    },
    kill: () => end('SIGKILL'),
    restart: async () => {
      await end('SIGTERM')
      await start()
    },
    stop,
    logTail,
    [Symbol.asyncDispose]: stop,
  }
}
