import fastify from 'fastify'
import type { Bridge } from './bridge.ts'
import { createClients } from './clients.ts'
import { createContacts } from './contacts.ts'
import { createDoublePuppets } from './double-puppet.ts'
import { createFromMatrix } from './from-matrix.ts'
import { createGhosts } from './ghosts.ts'
import { createHomeserver, pause } from './homeserver.ts'
import { createIds } from './ids.ts'
import { createLoginFlows } from './login-flows.ts'
import { configOf, type BridgeOptions } from './options.ts'
import { createPortals } from './portals.ts'
import { createAuth } from './provisioning-auth.ts'
import { provisioningErrors, provisioningRoutes } from './provisioning.ts'
import { createStates } from './states.ts'
import { createStatuses } from './status.ts'
import { openStore } from './store.ts'
import { createToMatrix } from './to-matrix.ts'
import { createIntake, transactionRoutes } from './transactions.ts'

/** A running imitation of mautrix-whatsapp v26.08. */
export type RunningBridge = { url: string; bot: string; close(): Promise<void> }

/** Starts the bridge: a real application service that reaches its homeserver by HTTP only. It serves at once and connects when the homeserver answers. */
export async function startBridge(options: BridgeOptions): Promise<RunningBridge> {
  const config = configOf(options)
  const { log } = config
  const clock = () => Date.now()
  const closing = new AbortController()
  const store = openStore(config.journal)
  const { network } = config.whatsapp
  const homeserver = createHomeserver({ url: config.homeserverUrl, token: config.asToken, timeScale: config.timeScale, log })
  const ids = createIds(network, config.serverName)
  const ghosts = createGhosts({ config, network, homeserver, ids, store })
  const puppets = createDoublePuppets({ config, homeserver, log })
  const portals = createPortals({ config, network, homeserver, ids, ghosts, puppets, store })
  const states = createStates({ config, clock, closing: closing.signal, log })
  const statuses = createStatuses({ config, homeserver, clock, log, copies: async () => 1 })
  const bridge: Bridge = { config, whatsapp: config.whatsapp, store, homeserver, ids, ghosts, puppets, portals, states, statuses, clock, log, closing: closing.signal }

  const clients = createClients(bridge, createToMatrix(bridge))
  const flows = createLoginFlows(bridge, clients)
  const contacts = createContacts(bridge)
  const intake = createIntake({ bridge, fromMatrix: createFromMatrix(bridge), toBot: async () => {} })

  const app = fastify({ bodyLimit: 64 * 1024 * 1024, routerOptions: { maxParamLength: 1024 } })
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) => {
    if (body === '') return done(null, undefined)
    try {
      done(null, JSON.parse(String(body)))
    } catch {
      done(Object.assign(new Error('Failed to decode request body'), { statusCode: 400 }))
    }
  })
  provisioningErrors(app, log)
  transactionRoutes(app, config, intake)
  provisioningRoutes(app, { bridge, flows, clients, contacts, authenticate: createAuth({ config, homeserver, clock }) })
  let ready = false
  app.get('/_matrix/mau/live', async () => ({}))
  app.get('/_matrix/mau/ready', async (_request, reply) => reply.code(ready ? 200 : 500).send({}))
  await app.listen({ host: config.host, port: config.port })

  const begin = async () => {
    for (;;) {
      try {
        await ghosts.ensureBot()
        break
      } catch (error) {
        if (closing.signal.aborted) return
        log(`the homeserver refuses the bridge: ${String(error)}`)
        await pause(1_000, closing.signal)
      }
    }
    ready = true
    intake.resume()
    clients.start()
  }
  void begin()

  const address = app.server.address()
  const port = typeof address === 'object' && address !== null ? address.port : config.port
  return {
    url: `http://${config.host}:${port}`,
    bot: config.bot,
    async close() {
      closing.abort()
      clients.close()
      homeserver.close()
      app.server.closeAllConnections()
      await app.close()
      store.close()
    },
  }
}
