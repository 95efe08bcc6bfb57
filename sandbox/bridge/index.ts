import type { AddressInfo } from 'node:net'
import { createBot } from './bot.ts'
import type { Bridge } from './bridge.ts'
import { createClients } from './clients.ts'
import { createDoublePuppets } from './double-puppet.ts'
import { createBridgeFaults, type BridgeFaults } from './faults.ts'
import { createGhosts } from './ghosts.ts'
import { createHomeserver, pause } from './homeserver.ts'
import { createApp } from './http.ts'
import { createIds } from './ids.ts'
import { createLanes } from './lanes.ts'
import { legacyRoutes } from './legacy.ts'
import { createLoginFlows } from './login-flows.ts'
import { configOf, type BridgeConfig, type BridgeOptions } from './options.ts'
import { createAuth } from './provisioning-auth.ts'
import { provisioningRoutes } from './provisioning.ts'
import { createSendDevices } from './send-devices.ts'
import { createServerFeatures } from './server-features.ts'
import { createStates } from './states.ts'
import { createStatuses } from './status.ts'
import { openStore } from './store.ts'
import { createIntake, transactionRoutes } from './transactions.ts'

export { createBridgeFaults, type BridgeFaults } from './faults.ts'
export type { BridgeOptions } from './options.ts'

/** A running imitation of mautrix-whatsapp v26.08. */
export type RunningBridge = { url: string; bot: string; close: () => Promise<void> }

/** Starts the bridge: an application service that reaches its homeserver by HTTP only. It serves at once and connects when the homeserver answers. */
export async function startBridge(options: BridgeOptions): Promise<RunningBridge> {
  const config = configOf(options)
  const closing = new AbortController()
  const bridge = createBridge(config, options.faults ?? createBridgeFaults(), closing.signal)
  const clients = createClients(bridge)
  const flows = createLoginFlows(bridge, clients)
  const bot = createBot(bridge, flows, clients)
  const intake = createIntake(bridge, bot.handle)
  const app = createApp(bridge.faults, config.log)
  let ready = false
  transactionRoutes(app, config, intake)
  if (config.legacy === true) legacyRoutes(app)
  else provisioningRoutes(app, { bridge, flows, clients, authenticate: createAuth(bridge) })
  app.get('/_matrix/mau/live', async () => ({}))
  app.get('/_matrix/mau/ready', async (_request, reply) => reply.code(ready ? 200 : 500).send({}))
  await app.listen({ host: config.host, port: config.port }).catch((error: unknown) => {
    bridge.store.close()
    throw error
  })

  void meetHomeserver(bridge).then((met) => {
    if (!met) return
    ready = true
    intake.resume()
    clients.start()
  })
  return {
    url: `http://${config.host}:${(app.server.address() as AddressInfo).port}`,
    bot: config.bot,
    async close() {
      closing.abort()
      clients.close()
      bridge.homeserver.close()
      app.server.closeAllConnections()
      await app.close()
      bridge.store.close()
    },
  }
}

function createBridge(config: BridgeConfig, faults: BridgeFaults, closing: AbortSignal): Bridge {
  const { log, whatsapp } = config
  const clock = () => Date.now()
  const store = openStore(config.journal)
  const homeserver = createHomeserver({ url: config.homeserverUrl, token: config.asToken, timeScale: config.timeScale, log })
  const features = createServerFeatures(homeserver, config.bot)
  const ids = createIds(whatsapp.network, config.serverName)
  return {
    config,
    whatsapp,
    store,
    homeserver,
    features,
    ids,
    ghosts: createGhosts({ config, network: whatsapp.network, homeserver, features, ids, store, media: whatsapp.media }),
    puppets: createDoublePuppets({ config, homeserver, log }),
    sendDevices: createSendDevices(homeserver),
    states: createStates({ config, faults, clock, closing, log }),
    statuses: createStatuses({ config, homeserver, faults, clock, closing, log }),
    faults,
    lanes: createLanes(),
    clock,
    log,
    closing,
  }
}

/** Makes the bot's account; a homeserver that does not know the registration is asked again every second. False when closed before. */
async function meetHomeserver(bridge: Bridge): Promise<boolean> {
  while (!bridge.closing.aborted) {
    try {
      await bridge.ghosts.ensureBot()
      return true
    } catch (error) {
      bridge.log(`the homeserver does not take the bridge: ${String(error)}`)
      await pause(1_000, bridge.closing)
    }
  }
  return false
}
