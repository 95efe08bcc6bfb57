import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Call } from '../../contract/api.ts'
import { bridgeRegistrationOf, type Sandbox, type SandboxOptions, startSandbox } from '../../sandbox/index.ts'
import type { Registration } from '../../server/providers/matrix/setup/registration.ts'
import { type Meta, openMeta } from './meta.ts'
import { openPhones, type Phones } from './phones.ts'
import { findPorts } from './ports.ts'
import { openProduct, type Product, type ProductOptions } from './product.ts'
import { openRelay, type Relay } from './relay.ts'

/** The product beside a homeserver, a bridge and phones; what an operator would type into the settings is written down, not yet saved. */
export interface World extends AsyncDisposable {
  readonly product: Product
  readonly phones: Phones
  /** What the homeserver pushes comes through here. */
  readonly pushes: Relay
  readonly settings: Call<'saveMatrixSystemConfig'>['body']
  /** A token of the homeserver's admin, where one is at hand without signing in. */
  readonly adminToken: string | undefined
  /** Meta: what an operator copies from there, and enters there. */
  readonly meta: Meta
}

/** A homeserver that has loaded these registrations. */
export interface OpenHomeserver extends AsyncDisposable {
  readonly url: string
  readonly adminLogin: string
  readonly adminPassword: string
  readonly adminToken?: string | undefined
}

/** What a bridge that is a process of its own has to know; `dir` is removed at the end. */
export interface OtherBridge {
  readonly dir: string
  readonly homeserverUrl: string
  readonly serverName: string
  readonly productUrl: string
  readonly bridgeUrl: string
  readonly registration: { readonly as_token: string; readonly hs_token: string }
  readonly sharedSecret: string
  readonly doublePuppetToken: string | undefined
  /** The sandbox's phones. */
  readonly wireUrl: string
}

export interface WorldOptions extends ProductOptions {
  /** Whether the homeserver has loaded our registrations. */
  readonly registered: boolean
  readonly intake: 'push_and_sync' | 'sync'
  /** Whether the bridge writes what the phone says in the name of our accounts; it does where our registrations are loaded. */
  readonly doublePuppet?: boolean
  /** A real homeserver; without it the sandbox's own. */
  readonly openHomeserver?: (serverName: string, registrations: readonly object[]) => Promise<OpenHomeserver>
  /** A bridge instead of the sandbox's own. */
  readonly openBridge?: (place: OtherBridge) => Promise<AsyncDisposable>
  /** Factor on the waiting times of bridge and phones. */
  readonly timeScale: number
  /** What the outside world is like. */
  readonly sandbox?: Partial<SandboxOptions>
}

const serverName = 'mistok.test'

/** So seldom that nothing of a test is brought by an audit. */
export const noAudit = { pullTimes: { auditEveryMs: 3_600_000, quietMs: 3_600_000 } }

/** Opens all of it; the product first, as it makes the registrations. */
export async function openWorld(options: WorldOptions): Promise<World> {
  await using opened = new AsyncDisposableStack()
  const directory = mkdtempSync(join(tmpdir(), 'mistok-world-'))
  opened.defer(() => rmSync(directory, { recursive: true, force: true }))
  const [graph, graphMedia] = [await findPorts(1), await findPorts(1)]
  const meta = { graphUrl: `http://127.0.0.1:${graph}`, mediaUrl: `http://127.0.0.1:${graphMedia}` }
  const product = opened.use(await openProduct({ meta, ...options }))
  const { appservice, doublePuppet } = await product.registrations(serverName)
  const pushes = opened.use(await openRelay(product.url))
  const ours = options.registered ? [{ ...appservice, url: pushes.url }, doublePuppet] : []

  const webhook = `${product.url}/api/v1/integrations/matrix/webhook`
  const sandboxOptions: SandboxOptions = {
    dataDir: directory,
    ports: { homeserver: 0, bridge: await findPorts(1), control: 0, graph, graphMedia },
    serverName,
    timeScale: options.timeScale,
    statusEndpoint: webhook,
    checkpointEndpoint: webhook,
    ...((options.doublePuppet ?? options.registered) ? { doublePuppetToken: doublePuppet.as_token } : {}),
    ...options.sandbox,
    ...(options.openBridge === undefined ? {} : { otherBridge: true }),
    log: (text) => process.env['MISTOK_TEST_LOG'] === undefined || console.error(`sandbox: ${text}`),
  }
  const { sandbox, adminToken } = await openSandbox(opened, options, sandboxOptions, ours)
  opened.defer(() => sandbox.close())
  if (options.openBridge !== undefined) {
    const { homeserverUrl, bridgeUrl, bridgeRegistration: registration, bridgeSecret: sharedSecret, wireUrl = '' } = sandbox
    const tokens = { registration, sharedSecret, doublePuppetToken: sandboxOptions.doublePuppetToken }
    const place = { dir: directory, homeserverUrl, serverName, productUrl: product.url, bridgeUrl, ...tokens, wireUrl }
    opened.use(await options.openBridge(place))
  }
  const kept = opened.move()
  return {
    product,
    phones: openPhones(sandbox.controlUrl),
    pushes,
    adminToken,
    meta: openMeta(sandbox),
    settings: {
      homeserver_url: sandbox.homeserverUrl,
      server_name: serverName,
      admin_login: sandbox.adminLogin,
      admin_password: sandbox.adminPassword,
      bridge_url: sandbox.bridgeUrl,
      bridge_admin_secret: sandbox.bridgeSecret,
      bridge_as_token: sandbox.bridgeRegistration.as_token,
      intake: options.intake,
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  }
}

async function openSandbox(
  opened: AsyncDisposableStack,
  { openHomeserver }: WorldOptions,
  options: SandboxOptions,
  ours: readonly Registration[],
): Promise<{ readonly sandbox: Sandbox; readonly adminToken: string | undefined }> {
  if (openHomeserver === undefined) return { sandbox: await startSandbox({ ...options, appservices: [...ours] }), adminToken: undefined }
  const bridge = await bridgeRegistrationOf(options)
  const homeserver = opened.use(await openHomeserver(serverName, [bridge, ...ours]))
  return { sandbox: await startSandbox({ ...options, homeserver }), adminToken: homeserver.adminToken }
}
