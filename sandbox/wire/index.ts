import type { AddressInfo } from 'node:net'
import fastify, { type FastifyInstance } from 'fastify'
import type { BridgeFaults } from '../bridge/faults.ts'
import type { WhatsApp } from '../bridge/options.ts'
import { Refused } from '../phone/network.ts'
import { deviceRoutes } from './devices.ts'
import { pairingRoutes } from './pairings.ts'
import { readRoutes } from './reads.ts'

/** The running wire. */
export type Wire = { url: string; close: () => Promise<void> }

type Options = { host: string; port: number; timeScale: number; faults: BridgeFaults }

/**
 * Serves WhatsApp's side of linked devices to a bridge that is a process of its own: what a real bridge has WhatsApp's servers for. JSON
 * over HTTP on loopback, for tests; `tests/bridge/` is who calls. What waits for a device is kept until it is acknowledged, so that a
 * bridge may be killed at any moment and the ledger knows the truth (protocol/bridge.md 8.4).
 */
export async function startWire(whatsapp: WhatsApp, { host, port, timeScale, faults }: Options): Promise<Wire> {
  const app = fastify({ bodyLimit: 128 * 1024 * 1024, forceCloseConnections: true })
  answers(app)
  pairingRoutes(app, whatsapp, timeScale)
  deviceRoutes(app, whatsapp, faults)
  readRoutes(app, whatsapp)
  await app.listen({ host, port })
  const address = app.server.address() as AddressInfo
  return { url: `http://${host}:${address.port}`, close: () => app.close() }
}

/** What WhatsApp refuses is 400, what is not there 404; the words are for the bridge's log. */
function answers(app: FastifyInstance): void {
  app.addContentTypeParser('application/octet-stream', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
  app.setErrorHandler((error: Error & { statusCode?: number }, _request, reply) =>
    reply.code(error instanceof Refused ? 400 : (error.statusCode ?? 500)).send({ error: error.message }),
  )
  app.setNotFoundHandler((request, reply) => reply.code(404).send({ error: `there is no ${request.method} ${request.url}` }))
}
