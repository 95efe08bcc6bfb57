import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { keptSecrets } from '../sandbox/secrets.ts'
import type { App } from '../server/app.ts'
import { type Config, readConfig } from '../server/config.ts'
import { ConfigError } from '../server/lib/config-error.ts'
import { takeDataLock } from '../server/lib/data-lock.ts'
import { demoAddresses, demoDirectory, demoServerName, type DemoTokens, readDemoTokens } from './demo-files.ts'
import { webRoot } from './web-root.ts'
import { closeWithin, untilAskedToStop } from './signals.ts'

const demoEmail = 'admin@mistok.test'

/**
 * The server beside the sandbox, wired together, with an admin made. `--fresh` drops what an earlier demo left; `--server-only`
 * expects a sandbox that runs already.
 */
export async function run(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({ args: [...args], options: { fresh: { type: 'boolean' }, 'server-only': { type: 'boolean' } } })
  const { config: asked, secrets } = readConfig(process.env)
  // A newcomer wants to see the address, not what the parts say to one another.
  const logLevel = process.env['MISTOK_LOG_LEVEL'] ? asked.logLevel : 'warn'
  const config: Config = { ...asked, port: await choosePort(asked), mode: asked.mode ?? 'both', logLevel, ...metaOf(asked) }
  checkPorts(config)
  const directory = demoDirectory(config)
  if (values.fresh === true) forget(config, directory)
  const tokens = readDemoTokens(directory)
  const sandbox = values['server-only'] === true ? undefined : startSandboxProcess(config)
  try {
    // The sandbox starts while the server is loaded: each has a core of its own to do it on.
    const { createApp } = await import('../server/app.ts')
    const { control } = demoAddresses(config)
    const firstAdmin = secrets.firstAdmin ?? { email: demoEmail, password: tokens.admin_password, name: 'Адміністратор' }
    await using app = asResource(await createApp({ config, secrets: { ...secrets, firstAdmin }, directory, webRoot, sandboxUrl: control }))
    await sandbox?.ready
    await wire(app, config, directory, tokens)
    app.announce()
    tell(app.url, control, app.firstAdmin?.signsIn === false ? { ...firstAdmin, password: '(the one that it was changed to)' } : firstAdmin)
    await untilAskedToStop()
    return 0
  } finally {
    await stopProcess(sandbox?.child)
  }
}

/** Nothing is asked of the real Meta. */
function metaOf(config: Config): Pick<Config, 'graphUrl' | 'graphMediaUrl'> {
  const { graph, graphMedia } = demoAddresses(config)
  return { graphUrl: graph, graphMediaUrl: graphMedia }
}

function asResource(app: App): App & AsyncDisposable {
  return { ...app, [Symbol.asyncDispose]: () => closeWithin(10_000, app.close) }
}

/** The sandbox has to know our port before we listen on it, so a free one is chosen now. */
async function choosePort(config: Config): Promise<number> {
  if (config.port !== 0) return config.port
  const server = createServer().listen(0, config.host)
  await once(server, 'listening')
  const address = server.address()
  server.close()
  return typeof address === 'object' && address !== null ? address.port : 0
}

function checkPorts(config: Config): void {
  const { ports } = demoAddresses(config)
  if (!Object.values(ports).includes(config.port)) return
  const words = `MISTOK_PORT ${config.port} is one of the five ports that the sandbox takes, from MISTOK_SANDBOX_PORT ${ports.control} on. Set one of the two to another port.`
  throw new ConfigError([words])
}

function forget(config: Config, directory: string): void {
  using _ = takeDataLock({ dataDir: config.dataDir, now: new Date() })
  rmSync(directory, { recursive: true, force: true })
}

function startSandboxProcess(config: Config): { readonly child: ChildProcess; readonly ready: Promise<void> } {
  const main = fileURLToPath(new URL('main.ts', import.meta.url))
  const env = { ...process.env, MISTOK_PORT: String(config.port) }
  // In a group of its own, so that Ctrl+C reaches the server alone, which ends the sandbox last.
  const child = spawn(process.execPath, [main, 'sandbox'], { env, stdio: ['ignore', 'inherit', 'inherit', 'ipc'], detached: true })
  const ready = new Promise<void>((resolve, reject) => {
    child.once('message', () => resolve())
    child.once('exit', () => reject(new ConfigError(['The sandbox did not start; what it said stands above.'])))
  })
  // Awaited later; until then its failure must not end the process by itself.
  ready.catch(() => {})
  return { child, ready }
}

async function stopProcess(child: ChildProcess | undefined): Promise<void> {
  if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  child.kill('SIGTERM')
  // Its journal survives kill -9, so nothing is lost by not waiting for ever.
  const timer = setTimeout(() => child.kill('SIGKILL'), 5_000)
  await gone
  clearTimeout(timer)
}

/** Enters what the sandbox imitates in the settings, as an operator would, unless that was done. */
async function wire(app: App, config: Config, directory: string, tokens: DemoTokens): Promise<void> {
  await wireMatrix(app, config, directory, tokens)
  await wireMeta(app, config)
}

async function wireMatrix(app: App, config: Config, directory: string, tokens: DemoTokens): Promise<void> {
  const addresses = demoAddresses(config)
  const { user_prefix, admin_password: _, ...secret } = tokens
  await app.settings.putOnce('matrix_registration', { id: 'mistok', user_prefix }, secret)
  const known = await app.settings.find('matrix_system_config')
  if (known?.value.road.homeserverUrl === addresses.homeserver) return
  const sandbox = keptSecrets(join(directory, 'sandbox', 'secrets.json'))
  await app.matrixConfigs.save({
    homeserver_url: addresses.homeserver,
    server_name: demoServerName,
    admin_login: 'admin',
    admin_password: sandbox.admin_password,
    bridge_url: addresses.bridge,
    bridge_admin_secret: sandbox.shared_secret,
    bridge_as_token: sandbox.as_token,
    intake: 'push_and_sync',
  })
}

/** Meta's page of the app is the sandbox's control API. New chats begin on linked phones: there one may write to anybody. */
async function wireMeta(app: App, config: Config): Promise<void> {
  const { control, server } = demoAddresses(config)
  const meta = (await (await fetch(`${control}/sandbox/v1/graph`)).json()) as Record<
    'business_account_id' | 'access_token' | 'app_secret',
    string
  >
  const { business_account_id, access_token, app_secret } = meta
  const known = await app.settings.find('whatsapp_config')
  if (known?.value.business_account_id !== business_account_id) {
    await app.cloudConfigs.save({ business_account_id, access_token, app_secret }, { asDefault: false })
  }
  const { verify_token } = await app.cloudConfigs.get()
  const body = JSON.stringify({ url: `${server}/api/v1/integrations/whatsapp/webhook`, verify_token })
  const answer = await fetch(`${control}/sandbox/v1/graph/webhook`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body,
  })
  if (!answer.ok) throw new Error(`the sandbox could not reach the webhook: ${await answer.text()}`)
}

function tell(url: string, phones: string, admin: { email: string; password: string }): void {
  const lines = [
    '',
    `  Mistok (demo)    ${url}`,
    `  E-mail           ${admin.email}`,
    `  Password         ${admin.password}`,
    `  Phones           ${phones}`,
    '',
    '  Sign in, open "Connect", scan the code on the phone page, write a message there as a customer.',
    '  Two numbers at an imitated Meta are there already: write to one of them from the phone page.',
    '  Nothing leaves this machine. Ctrl+C stops everything; --fresh begins anew.',
    '',
  ]
  process.stdout.write(`${lines.join('\n')}\n`)
}
