import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Bridge } from './bridge.ts'
import { handlePortalEvent, handleReceipt, handleTyping } from './from-matrix.ts'
import { listOf, objectOf, textOf, type JsonObject } from './json.ts'
import { plainBodyOf } from './plain-body.ts'
import { sameSecret } from './provisioning-auth.ts'
import type { Portal } from './store.ts'

/** What comes from the homeserver, handled in order within a room. */
export type Intake = {
  /** Takes up what an earlier run had noted but not done. */
  resume: () => void
  /** One event of a transaction; what was seen before is passed over. */
  take: (event: JsonObject) => void
  /** Typing and receipts; nobody keeps them. */
  takeEphemeral: (event: JsonObject) => void
}

/** Each event is noted before its transaction is answered, so that a kill loses none. `toBot` gets what is no portal's business, and commands. */
export function createIntake(bridge: Bridge, toBot: (event: JsonObject) => Promise<void>): Intake {
  const { store, config } = bridge
  const typing = new Map<string, boolean>()

  async function work(event: JsonObject): Promise<void> {
    const portal = store.portalsByRoom.get(String(event['room_id']))
    const body = plainBodyOf(objectOf(event['content']))
    const command = event['type'] === 'm.room.message' && body.startsWith(config.commandPrefix)
    if (portal === undefined || command) await toBot(event)
    else await handlePortalEvent(bridge, portal, event)
  }

  function run(event: JsonObject): void {
    const done = bridge.lanes.run(`room ${String(event['room_id'])}`, async () => {
      await work(event)
      if (!bridge.closing.aborted) store.commit({ t: 'handled', event_id: String(event['event_id']) })
    })
    done.catch((error: unknown) => bridge.log(`event ${String(event['event_id'])} not handled: ${String(error)}`))
  }

  return {
    resume() {
      for (const event of store.pending.values()) run(event)
    },
    take(event) {
      const id = event['event_id']
      if (typeof id !== 'string' || isOurs(bridge, event) || store.handled.has(id) || store.pending.has(id)) return
      store.commit({ t: 'pending', event })
      run(event)
    },
    takeEphemeral(event) {
      const portal = store.portalsByRoom.get(String(event['room_id']))
      if (portal === undefined) return
      const content = objectOf(event['content'])
      if (event['type'] === 'm.receipt') takeReceipts(bridge, portal, content)
      if (event['type'] !== 'm.typing') return
      const before = typing.get(portal.key) ?? false
      typing.set(portal.key, handleTyping(bridge, portal, listOf(content['user_ids']).map(String), before))
    },
  }
}

/** Whether the bridge itself made this event: as bot, ghost or double puppet. */
function isOurs({ config }: Bridge, event: JsonObject): boolean {
  const sender = String(event['sender'])
  if (sender === config.bot || sender === `@${config.senderLocalpart}:${config.serverName}`) return true
  if (sender.startsWith('@whatsapp_') && sender.endsWith(`:${config.serverName}`)) return true
  return objectOf(event['content'])['fi.mau.double_puppet_source'] === 'mautrix-whatsapp'
}

function takeReceipts(bridge: Bridge, portal: Portal, content: JsonObject): void {
  for (const [eventId, kinds] of Object.entries(content)) {
    for (const mxid of Object.keys(objectOf(objectOf(kinds)['m.read']))) handleReceipt(bridge, portal, mxid, eventId)
  }
}

/** Mounts what the homeserver calls (protocol/homeserver.md 3.4). The last 128 transaction ids are remembered, in memory. */
export function transactionRoutes(app: FastifyInstance, config: { hsToken: string }, intake: Intake): void {
  const seen: string[] = []
  const check = async (request: FastifyRequest, reply: FastifyReply) => {
    const given = (request.headers.authorization ?? '').replace(/^Bearer /, '') || (textOf(objectOf(request.query)['access_token']) ?? '')
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
