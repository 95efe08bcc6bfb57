import { randomBytes } from 'node:crypto'
import { existsSync, linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Config } from '../server/config.ts'
import { makeDataDirectory } from '../server/lib/data-lock.ts'

/** The server name of the imitated homeserver. */
export const demoServerName = 'mistok.test'

/** What the demo's server and its sandbox must agree on, whoever starts first. */
export interface DemoTokens {
  readonly user_prefix: string
  readonly as_token: string
  readonly hs_token: string
  readonly double_puppet_token: string
  readonly double_puppet_hs_token: string
  readonly admin_password: string
}

/** Everything of the demo is in here; `serve` never opens it. */
export function demoDirectory(config: Pick<Config, 'dataDir'>): string {
  return join(config.dataDir, 'demo')
}

/** Where the parts of the demo find one another. Homeserver, bridge, Graph API and its files take the four ports after the phone page's. */
export function demoAddresses(config: Pick<Config, 'port' | 'sandboxPort'>) {
  const { port, sandboxPort } = config
  const ports = {
    control: sandboxPort,
    homeserver: sandboxPort + 1,
    bridge: sandboxPort + 2,
    graph: sandboxPort + 3,
    graphMedia: sandboxPort + 4,
  }
  const at = (number: number) => `http://127.0.0.1:${number}`
  return {
    server: at(port),
    control: at(ports.control),
    homeserver: at(ports.homeserver),
    bridge: at(ports.bridge),
    graph: at(ports.graph),
    graphMedia: at(ports.graphMedia),
    ports,
  }
}

/** The tokens that were made when the demo was first started. */
export function readDemoTokens(directory: string): DemoTokens {
  const file = join(directory, 'tokens.json')
  if (!existsSync(file)) make(directory, file)
  return JSON.parse(readFileSync(file, 'utf8')) as DemoTokens
}

function make(directory: string, file: string): void {
  const random = () => randomBytes(32).toString('hex')
  const tokens: DemoTokens = {
    user_prefix: 'crm_',
    as_token: random(),
    hs_token: random(),
    double_puppet_token: random(),
    double_puppet_hs_token: random(),
    admin_password: randomBytes(12).toString('base64url'),
  }
  makeDataDirectory(directory)
  // Server and sandbox may start together: whoever links first has made the tokens.
  const draft = `${file}.${process.pid}`
  writeFileSync(draft, JSON.stringify(tokens), { mode: 0o600 })
  try {
    linkSync(draft, file)
  } catch {
    // The other one was quicker.
  } finally {
    rmSync(draft)
  }
}
