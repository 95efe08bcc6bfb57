import { once } from 'node:events'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { createBridgeFaults, startBridge, type BridgeFaults, type BridgeOptions, type RunningBridge } from './bridge/index.ts'
import { registration, type Registration as BridgeRegistration } from './bridge/registration.ts'
import type { FaultTarget } from './control/faults.ts'
import { startControl } from './control/index.ts'
import type { World } from './control/world.ts'
import {
  createFaults,
  startHomeserver,
  type Fault,
  type Faults,
  type Homeserver,
  type HomeserverOptions,
  type Registration,
} from './homeserver/index.ts'
import { startGraph, type RunningGraph } from './graph/index.ts'
import { openMediaStore } from './phone/media.ts'
import { createNetwork } from './phone/network.ts'
import { createPairings } from './phone/pairing.ts'
import { seedWorld } from './phone/seed.ts'
import { keptSecrets, type Secrets } from './secrets.ts'
import { startWire } from './wire/index.ts'

/** How the sandbox is started. Without `dataDir` everything ends with the process; port 0 takes a free one. */
export type SandboxOptions = {
  dataDir?: string
  host?: string
  ports: { homeserver: number; bridge: number; control: number; graph?: number; graphMedia?: number }
  serverName?: string
  /** Registrations of the application under test, that for double puppeting among them. */
  appservices?: Registration[]
  /** A real homeserver to use instead; it must have loaded the bridge's registration (`bridgeRegistrationOf`). */
  homeserver?: { url: string; adminLogin: string; adminPassword: string }
  /** Another process is the bridge and reaches the phones by `wireUrl`; it listens on `ports.bridge` and has the tokens of the registration. */
  otherBridge?: true
  /** Factor on every waiting time of bridge and phones; 1 is real time. */
  timeScale?: number
  /** The homeserver's own limit of sign-ins; none unless set. */
  loginRateLimit?: HomeserverOptions['loginRateLimit']
  /** Who signs people in; the homeserver itself unless set. */
  authentication?: HomeserverOptions['authentication']
  /** Puts the demo's people and chats there, once. */
  seed?: boolean
  log: (text: string) => void
} & Pick<
  BridgeOptions,
  'doublePuppetToken' | 'statusEndpoint' | 'checkpointEndpoint' | 'backfill' | 'permissions' | 'maxLogins' | 'legacy' | 'commandPrefix'
>

/** The running sandbox: addresses and secrets that an operator would have from the files of the real thing. */
export type Sandbox = {
  homeserverUrl: string
  bridgeUrl: string
  controlUrl: string
  bridgeSecret: string
  bridgeBot: string
  adminLogin: string
  adminPassword: string
  serverName: string
  bridgeRegistration: BridgeRegistration
  /** Where another process that is the bridge reaches the phones; undefined beside our own. */
  wireUrl: string | undefined
  /** Meta's side: the Graph API and what its pages tell an operator. */
  graph: RunningGraph
  /** Ends the bridge alone; `startBridge` brings it back on the same journal. */
  stopBridge: () => Promise<void>
  startBridge: () => Promise<void>
  close: () => Promise<void>
}

type Settled = SandboxOptions & {
  host: string
  serverName: string
  timeScale: number
  secrets: Secrets
  bridgePort: number
  file: (name: string) => string | undefined
}

/** Fills in the defaults and the secrets of an earlier start. */
async function settle(options: SandboxOptions): Promise<Settled> {
  const { dataDir } = options
  const file = (name: string) => (dataDir === undefined ? undefined : join(dataDir, 'sandbox', name))
  const host = options.host ?? '127.0.0.1'
  return {
    ...options,
    host,
    file,
    serverName: options.serverName ?? 'mistok.test',
    timeScale: options.timeScale ?? 1,
    secrets: keptSecrets(file('secrets.json')),
    bridgePort: options.ports.bridge === 0 ? await freePort(host) : options.ports.bridge,
  }
}

/** Starts homeserver, bridge, phones and the control API, wired together. A taken port throws, and nothing is left running. */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  await using opened = new AsyncDisposableStack()
  const settled = await settle(options)
  const { secrets, serverName, host, log } = settled
  const world = opened.adopt(openWorld(settled), ({ network }) => network.close())
  const names = namesOf(settled)
  const bridgeRegistration = registration({ ...names, host, port: settled.bridgePort })

  const faults = { homeserver: createFaults(), bridge: createBridgeFaults() }
  const homeserver =
    options.homeserver === undefined ? opened.use(await openHomeserver(settled, bridgeRegistration, faults.homeserver)) : undefined
  const homeserverUrl = options.homeserver?.url ?? homeserver?.url ?? ''
  const openBridge = () => startBridge(bridgeOptions(settled, { ...names, homeserverUrl, whatsapp: world, faults: faults.bridge }))
  const wireOptions = { host, port: 0, timeScale: settled.timeScale, faults: faults.bridge }
  const wire = options.otherBridge === true ? await startWire(world, wireOptions) : undefined
  if (wire !== undefined) opened.defer(wire.close)
  const graph = await startGraph({
    ...world,
    host,
    ports: { api: settled.ports.graph ?? 0, media: settled.ports.graphMedia ?? 0 },
    journal: settled.file('graph.jsonl'),
    secretsFile: settled.file('graph-secrets.json'),
    timeScale: settled.timeScale,
    log,
  })
  opened.defer(graph.close)
  let bridge: RunningBridge | undefined = wire === undefined ? await openBridge() : undefined
  const stopBridge = async () => {
    await bridge?.close()
    bridge = undefined
  }
  opened.defer(stopBridge)
  const info = () => ({
    server_name: serverName,
    homeserver_url: homeserverUrl,
    bridge_url: bridgeRegistration.url,
    bridge_running: bridge !== undefined,
    ...(homeserver === undefined ? {} : { users: homeserver.userIds() }),
  })
  const targets = {
    homeserver: homeserver === undefined ? undefined : homeserverTarget(faults.homeserver),
    bridge: bridgeTarget(faults.bridge),
    graph: graph.faults,
  }
  const revoke = homeserver?.revokeTokens
  const control = await startControl({ ...world, graph, host, port: options.ports.control, faults: targets, info, revoke, log })
  opened.defer(control.close)

  const kept = opened.move()
  return {
    homeserverUrl,
    bridgeUrl: bridgeRegistration.url,
    controlUrl: control.url,
    bridgeSecret: secrets.shared_secret,
    bridgeBot: `@whatsappbot:${serverName}`,
    wireUrl: wire?.url,
    graph,
    adminLogin: options.homeserver?.adminLogin ?? 'admin',
    adminPassword: options.homeserver?.adminPassword ?? secrets.admin_password,
    serverName,
    bridgeRegistration,
    stopBridge,
    async startBridge() {
      bridge ??= await openBridge()
    },
    close: () => kept.disposeAsync(),
  }
}

/** The bridge's registration for a homeserver that has to load it first; needs `dataDir` and a fixed port of the bridge. */
export async function bridgeRegistrationOf(
  options: Pick<SandboxOptions, 'dataDir' | 'host' | 'ports' | 'serverName' | 'log'>,
): Promise<BridgeRegistration> {
  if (options.dataDir === undefined || options.ports.bridge === 0)
    throw new Error('a registration made beforehand needs dataDir and a fixed port of the bridge')
  const settled = await settle(options)
  return registration({ ...namesOf(settled), host: settled.host, port: settled.bridgePort })
}

function namesOf({ secrets, serverName }: Settled) {
  return { asToken: secrets.as_token, hsToken: secrets.hs_token, senderLocalpart: secrets.sender_localpart, serverName }
}

function openWorld(settled: Settled): World {
  const clock = () => Date.now()
  const network = createNetwork({ journal: settled.file('network.jsonl'), clock, log: settled.log })
  if (settled.seed === true) seedWorld(network)
  return { network, media: openMediaStore(settled.file('media')), pairings: createPairings(network, { clock, scale: settled.timeScale }) }
}

function openHomeserver(settled: Settled, bridgeRegistration: BridgeRegistration, faults: Faults): Promise<Homeserver> {
  const journal = settled.file('homeserver.jsonl')
  return startHomeserver({
    serverName: settled.serverName,
    host: settled.host,
    port: settled.ports.homeserver,
    registrations: [bridgeRegistration, ...(settled.appservices ?? [])],
    users: [{ localpart: 'admin', password: settled.secrets.admin_password, admin: true }],
    faults,
    retryScale: settled.timeScale,
    defaultRoomVersion: '12',
    log: settled.log,
    ...(journal === undefined ? {} : { journal }),
    ...(settled.loginRateLimit === undefined ? {} : { loginRateLimit: settled.loginRateLimit }),
    ...(settled.authentication === undefined ? {} : { authentication: settled.authentication }),
  })
}

type BridgeParts = Pick<BridgeOptions, 'asToken' | 'hsToken' | 'senderLocalpart' | 'serverName' | 'homeserverUrl' | 'whatsapp'> & {
  faults: BridgeFaults
}

function bridgeOptions(settled: Settled, parts: BridgeParts): BridgeOptions {
  const journal = settled.file('bridge.jsonl')
  const { doublePuppetToken, statusEndpoint, checkpointEndpoint, backfill, permissions, maxLogins, legacy, commandPrefix } = settled
  return {
    ...parts,
    host: settled.host,
    port: settled.bridgePort,
    sharedSecret: settled.secrets.shared_secret,
    timeScale: settled.timeScale,
    log: settled.log,
    ...(journal === undefined ? {} : { journal }),
    ...(doublePuppetToken === undefined ? {} : { doublePuppetToken }),
    ...(statusEndpoint === undefined ? {} : { statusEndpoint }),
    ...(checkpointEndpoint === undefined ? {} : { checkpointEndpoint }),
    ...(backfill === undefined ? {} : { backfill }),
    ...(permissions === undefined ? {} : { permissions }),
    ...(maxLogins === undefined ? {} : { maxLogins }),
    ...(legacy === undefined ? {} : { legacy }),
    ...(commandPrefix === undefined ? {} : { commandPrefix }),
  }
}

/** Faults of the homeserver as the control API orders them; what the homeserver cannot play throws. */
function homeserverTarget(faults: Faults): FaultTarget {
  return {
    clear: faults.clear,
    list: faults.list,
    add(order) {
      const leg = order.leg ?? 'client'
      if (leg !== 'client' && leg !== 'push') throw new Error('leg of the homeserver is client or push')
      faults.add({ ...order, leg, kind: order.kind as Fault['kind'] })
    },
  }
}

function bridgeTarget(faults: BridgeFaults): FaultTarget {
  return { add: faults.add, clear: faults.clear, list: faults.list }
}

/** Below the ports that systems give to connections: what is free now is free still when the bridge takes it. */
async function freePort(host: string): Promise<number> {
  for (;;) {
    const port = 10_000 + Math.floor(Math.random() * 22_000)
    const server = createServer()
    const isFree = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false))
      server.listen(port, host, () => resolve(true))
    })
    if (!isFree) continue
    server.close()
    await once(server, 'close')
    return port
  }
}
