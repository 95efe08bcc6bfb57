import type { AddressInfo } from 'node:net'
import fastify, { type FastifyInstance } from 'fastify'
import { changeGroup, createGroup, Refused } from '../phone/network.ts'
import { avatarIn } from './content.ts'
import type { RunningGraph } from '../graph/index.ts'
import { graphRoutes } from './graph.ts'
import { isAtMeta } from '../phone/linking.ts'
import { BadRequest, bodyOf, listIn, optionalText, phoneIn, textIn, type Body } from './input.ts'
import { faultRoutes, type FaultTargets } from './faults.ts'
import { pageRoutes } from './page.ts'
import { phoneRoutes } from './phones.ts'
import { groupView, ledgerView } from './views.ts'
import type { World } from './world.ts'

/** The running control API. */
export type Control = { url: string; close: () => Promise<void> }

type Options = World & {
  host?: string
  port: number
  faults: FaultTargets
  graph: RunningGraph
  /** What a page must know of the world around. */
  info: () => Record<string, unknown>
  /** Ends the tokens of a user of the homeserver; gives how many. Absent beside a real one. */
  revoke: ((userId: string) => number) | undefined
  log: (text: string) => void
}

/** Starts the control API and the phone page (product.md 8). A taken port throws. */
export async function startControl(options: Options): Promise<Control> {
  const host = options.host ?? '127.0.0.1'
  const app = fastify({ bodyLimit: 64 * 1024 * 1024, forceCloseConnections: true })
  answers(app, options.log)
  phoneRoutes(app, options)
  faultRoutes(app, options.faults)
  groupRoutes(app, options)
  graphRoutes(app, options.graph)
  readRoutes(app, options)
  tokenRoutes(app, options)
  pageRoutes(app)
  await app.listen({ host, port: options.port })
  return { url: `http://${host}:${(app.server.address() as AddressInfo).port}`, close: () => app.close() }
}

function groupRoutes(app: FastifyInstance, { network, media }: World): void {
  app.post('/sandbox/v1/groups', async (request, reply) => {
    const body = bodyOf(request.body)
    return reply.code(201).send(groupView(createGroup(network, textIn(body, 'name'), membersIn(body))))
  })
  app.post('/sandbox/v1/groups/:id', async (request) => {
    const body = bodyOf(request.body)
    const name = optionalText(body, 'name')
    const members = body['members'] === undefined ? {} : { members: membersIn(body) }
    const avatar = avatarIn(body, media)
    const change = { ...(name === undefined ? {} : { name }), ...members, ...(avatar == null ? {} : { avatar }) }
    return groupView(changeGroup(network, String(bodyOf(request.params)['id']), change))
  })
}

function tokenRoutes(app: FastifyInstance, { revoke }: Options): void {
  app.post('/sandbox/v1/tokens/revoke', async (request) => {
    if (revoke === undefined) throw new BadRequest('user_id: the homeserver is a real one')
    return { revoked: revoke(textIn(bodyOf(request.body), 'user_id')) }
  })
}

function membersIn(body: Body): string[] {
  const members = [...new Set(listIn(body, 'members').map((phone) => phoneIn(phone, 'members')))]
  if (members.length < 2) throw new BadRequest('members: two numbers at least are expected')
  return members
}

function readRoutes(app: FastifyInstance, options: Options): void {
  const { network, media } = options
  app.get('/sandbox/v1/ledger', async (request) => {
    const after = Number(bodyOf(request.query)['after'] ?? 0)
    if (!Number.isInteger(after)) throw new BadRequest('after: a seq of the ledger is expected')
    return {
      items: [...network.state.messages.values()].filter((message) => message.seq > after).map((message) => ledgerView(network, message)),
    }
  })
  app.get('/sandbox/v1/media/:sha256', async (request, reply) => {
    const bytes = media.get(String(bodyOf(request.params)['sha256']))
    if (bytes === undefined) return reply.code(404).send({ error: 'there is no such media' })
    return reply.header('content-type', 'application/octet-stream').header('content-disposition', 'attachment').send(bytes)
  })
  app.get('/sandbox/v1/state', async () => ({ ...options.info(), ...stateView(options), at_meta: options.graph.numbers }))
}

function stateView({ network, pairings }: World): Record<string, unknown> {
  const { state } = network
  return {
    waiting: pairings.waiting().map((each) => ({ ...each, ...(each.phone === undefined ? {} : { phone: `+${each.phone}` }) })),
    phones: [...state.phones.values()]
      .filter(({ phone }) => !isAtMeta(network, phone))
      .map((phone) => ({ ...phone, phone: `+${phone.phone}` })),
    groups: [...state.groups.values()].map(groupView),
    linked: [...state.devices.values()]
      .filter((device) => device.gone === undefined && device.api !== true)
      .map((device) => ({
        phone: `+${device.phone}`,
        device: device.id,
        linked_at: new Date(device.linked_at).toISOString(),
        waiting: state.queues.get(device.id)?.size ?? 0,
      })),
  }
}

function answers(app: FastifyInstance, log: (text: string) => void): void {
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) => {
    try {
      done(null, body === '' ? undefined : JSON.parse(String(body)))
    } catch {
      done(new BadRequest('body: this is not JSON'))
    }
  })
  app.setErrorHandler((error: Error & { statusCode?: number }, _request, reply) => {
    if (error instanceof BadRequest || error instanceof Refused) return reply.code(400).send({ error: error.message })
    if (error.statusCode !== undefined && error.statusCode < 500) return reply.code(error.statusCode).send({ error: error.message })
    log(`control request failed: ${error.stack ?? error.message}`)
    return reply.code(500).send({ error: error.message })
  })
  app.setNotFoundHandler((request, reply) => reply.code(404).send({ error: `there is no ${request.method} ${request.url}` }))
}
