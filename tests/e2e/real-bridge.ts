import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { bridgeConfig, type BridgeConfigInput, bridgeEnvironment, type Config } from '../../cli/stack/bridge-config.ts'
import { yamlOf } from '../../cli/stack/yaml.ts'
import type { OtherBridge } from '../support/world.ts'
import { openGuard } from './guard.ts'
import { buildBridge } from './real-bridge-build.ts'
import { waitFor } from './wait.ts'

/** What a text must begin with to be a command of this bridge: no other one than its own, as `mistok stack bridge-config` makes it. */
export const realPrefix = '!wa-5f2c71aa'

const START_LIMIT = 60_000
const STOP_LIMIT = 20_000

/** A running bridge of `tests/bridge/`; `await using` ends it. */
export interface RealBridge extends AsyncDisposable {
  readonly pid: number | undefined
  /** Where its config stands. */
  readonly configFile: string
  /** SIGKILL, as a power cut would. */
  kill(): Promise<void>
  /** Starts it again on the same data. */
  start(): Promise<void>
  /** Ends it and starts it again with another config; without a change with the operator's. */
  restart(change?: (config: Config) => Config): Promise<void>
  /** Its config as we wrote it, and as the bridge has written it anew: without what it does not know. */
  config(): { readonly written: string; readonly kept: string }
  /** The last lines it logged. */
  logTail(lines?: number): string
}

/**
 * Builds the bridge, writes the config that `mistok stack bridge-config` writes for an operator, starts it and waits until it is ready. `change`
 * makes another config of it; `named` is a program to run instead of the one that is built.
 */
export async function startRealBridge(place: OtherBridge, change: (config: Config) => Config = same, named?: string): Promise<RealBridge> {
  const program = named ?? (await buildBridge())
  const { dir } = place
  const config = join(dir, 'bridge-config.yaml')
  const write = (changed: (config: Config) => Config): string => {
    const text = yamlOf(changed(bridgeConfig(inputFor(place))))
    writeFileSync(config, text, { mode: 0o600 })
    return text
  }
  const written = write(change)
  const logFile = join(dir, 'bridge.log')
  const logTail = (lines = 40): string => readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-lines).join('\n')
  const guard = openGuard()
  let child: ChildProcess | undefined

  async function start(): Promise<void> {
    const log = openSync(logFile, 'a')
    // No proxy and no credentials of the machine: it has nothing to ask outside loopback.
    const env = { PATH: process.env['PATH'] ?? '', HOME: dir, LANG: 'C.UTF-8', MISTOK_TEST_WIRE: place.wireUrl, ...bridgeEnvironment }
    const started = spawn(program, ['-c', config], { cwd: dir, env, stdio: ['ignore', log, log] })
    closeSync(log)
    child = started
    guard.watch([started.pid])
    const isReady = async () => {
      if (hasEnded(started)) throw new Error(`the bridge ended with ${started.exitCode ?? started.signalCode}`)
      return (await fetch(`${place.bridgeUrl}/_matrix/mau/ready`).catch(() => undefined))?.ok ?? false
    }
    try {
      await waitFor(isReady, { what: 'the bridge to be ready', timeout: START_LIMIT, interval: 50 })
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

  await start()
  return {
    get pid() {
      return child?.pid
    },
    configFile: config,
    kill: () => end('SIGKILL'),
    start,
    async restart(changed = same) {
      await end('SIGTERM')
      write(changed)
      await start()
    },
    logTail,
    config: () => ({ written, kept: readFileSync(config, 'utf8') }),
    async [Symbol.asyncDispose]() {
      await end('SIGTERM')
      await guard.close()
    },
  }
}

function inputFor(place: OtherBridge): BridgeConfigInput {
  const { hostname, port } = new URL(place.bridgeUrl)
  const { registration, sharedSecret, doublePuppetToken } = place
  return {
    homeserverUrl: place.homeserverUrl,
    serverName: place.serverName,
    mistokUrl: place.productUrl,
    bridgeUrl: place.bridgeUrl,
    listen: { host: hostname, port: Number(port) },
    database: { type: 'sqlite3-fk-wal', uri: `file:${join(place.dir, 'bridge.db')}?_txlock=immediate` },
    commandPrefix: realPrefix,
    maxLogins: 20,
    secrets: {
      asToken: registration.as_token,
      hsToken: registration.hs_token,
      provisioning: sharedSecret,
      doublePuppet: doublePuppetToken,
    },
  }
}

function same(config: Config): Config {
  return config
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null
}
