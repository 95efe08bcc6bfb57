import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Bridge } from './bridge.ts'
import type { FromMatrix } from './from-matrix.ts'
import { listOf, objectOf, type JsonObject } from './json.ts'
import { sameSecret } from './provisioning-auth.ts'
import type { Portal } from './store.ts'

type Deps = {
  bridge: Bridge
  fromMatrix: FromMatrix
  /** An event that is no portal's business, or a command. */
  toBot(event: JsonObject): Promise<void>
}

/** Handles Matrix events in order within a room, each noted before its transaction is answered, so that a kill loses none. */
export function createIntake(deps: Deps) {
  const { bridge, fromMatrix } = deps
  const { store, config } = bridge
  const lanes = new Map<string, Promise<void>>()

  function isOurs(event: JsonObject): boolean {
    const sender = String(event['sender'])
    if (sender === config.bot || sender.startsWith('@whatsapp_') || sender === `@${config.senderLocalpart}:${config.serverName}`) return true
    return objectOf(event['content'])['fi.mau.double_puppet_source'] === 'mautrix-whatsapp'
  }

  async function work(event: JsonObject): Promise<void> {
    const portal = store.portalsByRoom.get(String(event['room_id']))
    const body = objectOf(event['content'])['body']
    const command = event['type'] === 'm.room.message' && typeof body === 'string' && body.startsWith(config.commandPrefix)
    if (portal === undefined || command) await deps.toBot(event)
    else await fromMatrix.handle(portal, event)
  }

  function run(event: JsonObject): void {
    const room = String(event['room_id'])
    const next = (lanes.get(room) ?? Promise.resolve())
      .then(async () => {
        await work(event)
        if (!bridge.closing.aborted) store.commit({ t: 'handled', event_id: String(event['event_id']) })
      })
      .catch((error: unknown) => bridge.log(`event ${String(event['event_id'])} not handled: ${String(error)}`))
    lanes.set(room, next)
  }

  return {
    /** Takes up what an earlier run had noted but not done. */
    resume(): void {
      for (const event of store.pending.values()) run(event)
    },
    /** One event from a transaction; what was seen before is passed over. */
    take(event: JsonObject): void {
      const id = event['event_id']
      if (typeof id !== 'string' || isOurs(event) || store.handled.has(id) || store.pending.has(id)) return
      store.commit({ t: 'pending', event })
      run(event)
    },
    /** Typing and receipts; nobody keeps them. */
    takeEphemeral(event: JsonObject): void {
      const portal = store.portalsByRoom.get(String(event['room_id']))
      if (portal === undefined) return
      const content = objectOf(event['content'])
      if (event['type'] === 'm.typing') fromMatrix.typing(portal, listOf(content['user_ids']).map(String))
      if (event['type'] === 'm.receipt') takeReceipts(fromMatrix, portal, content)
    },
  }
}

function takeReceipts(fromMatrix: FromMatrix, portal: Portal, content: JsonObject): void {
  for (const [eventId, kinds] of Object.entries(content)) {
    for (const [mxid, receipt] of Object.entries(objectOf(objectOf(kinds)['m.read']))) {
      if (objectOf(receipt)['fi.mau.double_puppet_source'] === undefined) fromMatrix.receipt(portal, mxid, eventId)
    }
  }
}

/** Mounts what the homeserver calls (protocol/homeserver.md 3.4). The last 128 transaction ids are remembered, in memory. */
export function transactionRoutes(app: FastifyInstance, config: { hsToken: string }, intake: ReturnType<typeof createIntake>): void {
  const seen: string[] = []
  const check = async (request: FastifyRequest, reply: FastifyReply) => {
    const given = (request.headers.authorization ?? '').replace(/^Bearer /, '') || String(objectOf(request.query)['access_token'] ?? '')
    if (given === '') return reply.code(401).send({ errcode: 'M_MISSING_TOKEN', error: 'Missing access token' })
    if (!sameSecret(given, config.hsToken)) return reply.code(403).send({ errcode: 'M_FORBIDDEN', error: 'Incorrect access token' })
  }
  app.put('/_matrix/app/v1/transactions/:txn', { onRequest: check }, async (request) => {
    const txn = String(objectOf(request.params)['txn'])
    if (seen.includes(txn)) return {}
    const body = objectOf(request.body)
    for (const event of listOf(body['events'])) intake.take(objectOf(event))
    const ephemeral = body['ephemeral'] ?? body['de.sorunome.msc2409.ephemeral']
    for (const event of listOf(ephemeral)) intake.takeEphemeral(objectOf(event))
    seen.push(txn)
    if (seen.length > 128) seen.shift()
    return {}
  })
  app.post('/_matrix/app/v1/ping', { onRequest: check }, async () => ({}))
  const unknown = { errcode: 'M_NOT_FOUND', error: 'Not found' }
  app.get('/_matrix/app/v1/users/:user', { onRequest: check }, async (_request, reply) => reply.code(404).send(unknown))
  app.get('/_matrix/app/v1/rooms/:alias', { onRequest: check }, async (_request, reply) => reply.code(404).send(unknown))
}
