import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { startBridge, type RunningBridge } from './bridge/index.ts'
import { registration, type Registration as BridgeRegistration } from './bridge/registration.ts'
import { startControl } from './control/index.ts'
import { createFaults, startHomeserver, type Registration } from './homeserver/index.ts'
import { openJournal } from './phone/journal.ts'
import { openMediaStore } from './phone/media.ts'
import type { NetworkRow } from './phone/network-state.ts'
import { createNetwork } from './phone/network.ts'
import { createPairings } from './phone/pairing.ts'
import { seedWorld } from './phone/seed.ts'

/** How the sandbox is started. Without `dataDir` everything ends with the process; port 0 takes a free one. */
export type SandboxOptions = {
  dataDir?: string
  host?: string
  ports: { homeserver: number; bridge: number; control: number }
  serverName?: string
  /** Registrations of the application under test; a token of the second one may be `doublePuppetToken`. */
  appservices?: Registration[]
  doublePuppetToken?: string
  /** A real homeserver to use instead; it must have loaded `bridgeRegistration`. */
  homeserver?: { url: string; adminLogin: string; adminPassword: string }
  /** Factor on every waiting time of bridge and phones; 1 is real time. */
  timeScale?: number
  statusEndpoint?: string
  checkpointEndpoint?: string
  backfill?: { enabled: boolean; maxInitialMessages: number; dispatchWaitMs?: number }
  /** Puts the demo's people and chats there, once. */
  seed?: boolean
  log(text: string): void
}

/** The running sandbox: addresses and secrets that an operator would have from the files of the real thing. */
export type Sandbox = {
  homeserverUrl: string
  bridgeUrl: string
  controlUrl: string
  bridgeSecret: string
  adminLogin: string
  adminPassword: string
  serverName: string
  bridgeRegistration: BridgeRegistration
  bridgeBot: string
  close(): Promise<void>
  /** Ends the bridge alone, as a crash of it would; `startBridge` brings it back on the same journal. */
  stopBridge(): Promise<void>
  startBridge(): Promise<void>
}

type Secrets = { as_token: string; hs_token: string; sender_localpart: string; shared_secret: string; admin_password: string }

/** The tokens that an earlier start made, or new ones. */
export function sandboxSecrets(dataDir: string | undefined): Secrets {
  const file = dataDir === undefined ? undefined : join(dataDir, 'sandbox', 'secrets.json')
  if (file !== undefined && existsSync(file)) return JSON.parse(readFileSync(file, 'utf8')) as Secrets
  const random = () => randomBytes(32).toString('hex')
  const secrets: Secrets = {
    as_token: random(),
    hs_token: random(),
    sender_localpart: randomBytes(16).toString('hex'),
    shared_secret: random(),
    admin_password: randomBytes(12).toString('base64url'),
  }
  if (file !== undefined) {
    mkdirSync(join(file, '..'), { recursive: true })
    writeFileSync(file, JSON.stringify(secrets), { mode: 0o600 })
  }
  return secrets
}

/** Starts homeserver, bridge, phones and the control API, wired together. */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const { log } = options
  const host = options.host ?? '127.0.0.1'
  const serverName = options.serverName ?? 'mistok.test'
  const timeScale = options.timeScale ?? 1
  const inData = (name: string) => (options.dataDir === undefined ? undefined : join(options.dataDir, 'sandbox', name))
  const secrets = sandboxSecrets(options.dataDir)
  const bridgePort = options.ports.bridge === 0 ? await freePort(host) : options.ports.bridge
  const names = { asToken: secrets.as_token, hsToken: secrets.hs_token, senderLocalpart: secrets.sender_localpart, serverName }
  const bridgeRegistration = registration({ ...names, host, port: bridgePort })

  const journal = openJournal<NetworkRow>(inData('network.jsonl'))
  const network = createNetwork({ journal, clock: () => Date.now(), log })
  const media = openMediaStore(inData('media'))
  const pairings = createPairings(network, { clock: () => Date.now(), scale: timeScale })
  if (options.seed === true) seedWorld(network)

  const faults = createFaults()
  const imitated = options.homeserver === undefined
  const homeserverJournal = inData('homeserver.jsonl')
  const homeserver = imitated
    ? await startHomeserver({
        serverName,
        host,
        port: options.ports.homeserver,
        registrations: [bridgeRegistration, ...(options.appservices ?? [])],
        users: [{ localpart: 'admin', password: secrets.admin_password, admin: true }],
        faults,
        retryScale: timeScale,
        log,
        ...(homeserverJournal === undefined ? {} : { journal: homeserverJournal }),
      })
    : undefined
  const homeserverUrl = options.homeserver?.url ?? homeserver?.url ?? ''

  const bridgeJournal = inData('bridge.jsonl')
  const openBridge = () =>
    startBridge({
      ...names,
      homeserverUrl,
      host,
      port: bridgePort,
      sharedSecret: secrets.shared_secret,
      whatsapp: { network, pairings, media },
      timeScale,
      log,
      ...(bridgeJournal === undefined ? {} : { journal: bridgeJournal }),
      ...(options.statusEndpoint === undefined ? {} : { statusEndpoint: options.statusEndpoint }),
      ...(options.checkpointEndpoint === undefined ? {} : { checkpointEndpoint: options.checkpointEndpoint }),
      ...(options.doublePuppetToken === undefined ? {} : { doublePuppetToken: options.doublePuppetToken }),
      ...(options.backfill === undefined ? {} : { backfill: options.backfill }),
    })
  let bridge: RunningBridge | undefined = await openBridge()
  const info = () => ({ server_name: serverName, homeserver_url: homeserverUrl, bridge_url: bridgeRegistration.url, bridge_running: bridge !== undefined })
  const control = await startControl({ network, pairings, media, host, port: options.ports.control, faults: { homeserver: imitated ? faults : undefined }, info, log })

  const stopBridge = async () => {
    await bridge?.close()
    bridge = undefined
  }
  return {
    homeserverUrl,
    bridgeUrl: bridgeRegistration.url,
    controlUrl: control.url,
    bridgeSecret: secrets.shared_secret,
    adminLogin: options.homeserver?.adminLogin ?? 'admin',
    adminPassword: options.homeserver?.adminPassword ?? secrets.admin_password,
    serverName,
    bridgeRegistration,
    bridgeBot: `@whatsappbot:${serverName}`,
    stopBridge,
    async startBridge() {
      bridge ??= await openBridge()
    },
    async close() {
      await control.close()
      await stopBridge()
      await homeserver?.close()
      journal.close()
    },
  }
}

async function freePort(host: string): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, host, resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address !== null ? address.port : 0
}
