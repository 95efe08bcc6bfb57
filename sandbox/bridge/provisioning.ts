import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { randomBytes } from 'node:crypto'
import { ApiError, errorOf } from './api-error.ts'
import type { Bridge } from './bridge.ts'
import type { Clients } from './clients.ts'
import type { Contacts } from './contacts.ts'
import { listOf, objectOf, textOf, type JsonObject } from './json.ts'
import { loginFlows, type LoginFlows, type LoginProcess } from './login-flows.ts'
import type { Login } from './store.ts'

type Deps = {
  bridge: Bridge
  flows: LoginFlows
  clients: Clients
  contacts: Contacts
  authenticate(authorization: string | undefined, mxid: string): Promise<string>
}

const network = {
  displayname: 'WhatsApp',
  network_url: 'https://whatsapp.com',
  network_icon: 'mxc://maunium.net/NeXNQarUrblYBiPCpprYsRqr',
  network_id: 'whatsapp',
  beeper_bridge_type: 'whatsapp',
  default_port: 29318,
  default_command_prefix: '!wa',
}

const allowed = { allowed: true }

const capabilities = {
  resolve_identifier: { create_dm: true, lookup_phone: true, contact_list: true, lookup_email: false, lookup_username: false, any_phone: false, search: false },
  group_creation: {
    group: {
      type_description: 'a group chat',
      name: { allowed: true, max_length: 100 },
      participants: { allowed: true, required: true, min_length: 1 },
      disappear: { allowed: true, settings: { types: ['after_send'], timers: [86_400_000, 604_800_000, 7_776_000_000] } },
      parent: allowed,
    },
  },
  image_pack_import: true,
}

/** Mounts `/_matrix/provision/v3` (protocol/bridge.md 1.2). */
export function provisioningRoutes(app: FastifyInstance, deps: Deps): void {
  const { bridge, flows, clients, contacts } = deps
  const { store, config } = bridge
  const base = '/_matrix/provision/v3'
  const query = (request: FastifyRequest) => objectOf(request.query)
  const param = (request: FastifyRequest, name: string) => String(objectOf(request.params)[name])
  const ofUser = (mxid: string) => [...store.logins.values()].filter((login) => login.mxid === mxid)

  /** A route that knows who calls; what it returns is the answer's body. */
  function route(method: 'GET' | 'POST', url: string, work: (mxid: string, request: FastifyRequest, reply: FastifyReply) => Promise<unknown> | unknown) {
    app.route({
      method,
      url: base + url,
      handler: async (request, reply) => {
        const mxid = await deps.authenticate(request.headers.authorization, textOf(query(request)['user_id']) ?? '')
        if (!store.users.has(mxid)) store.commit({ t: 'user', mxid })
        return (await work(mxid, request, reply)) ?? {}
      },
    })
  }

  /** The login that `?login_id=` names, or undefined without it. */
  function explicit(mxid: string, request: FastifyRequest): Login | undefined {
    const id = textOf(query(request)['login_id'])
    if (id === undefined || id === '') return undefined
    const login = store.logins.get(id)
    if (login === undefined || login.mxid !== mxid) throw new ApiError(404, 'M_NOT_FOUND', 'Login not found')
    return login
  }

  function chosen(mxid: string, request: FastifyRequest): Login {
    const login = explicit(mxid, request) ?? ofUser(mxid)[0]
    if (login === undefined) throw errorOf('FI.MAU.NOT_LOGGED_IN')
    return login
  }

  function processOf(mxid: string, request: FastifyRequest): LoginProcess {
    const process = flows.find(param(request, 'process'))
    if (process === undefined || process.mxid !== mxid) throw new ApiError(404, 'M_NOT_FOUND', 'Login not found')
    return process
  }

  route('GET', '/whoami', (mxid) => whoami(bridge, mxid, ofUser(mxid)))
  route('GET', '/capabilities', () => capabilities)
  route('GET', '/login/flows', () => ({ flows: loginFlows }))
  route('POST', '/login/start/:flow', async (mxid, request) => {
    const override = explicit(mxid, request)
    if (override === undefined && ofUser(mxid).length >= config.maxLogins) throw errorOf('FI.MAU.BRIDGE.TOO_MANY_LOGINS')
    const process = await flows.start(mxid, param(request, 'flow'), override)
    return { login_id: process.id, ...process.current() }
  })
  route('POST', '/login/step/:process/:step/:type', async (mxid, request) => {
    const process = processOf(mxid, request)
    const type = param(request, 'type')
    if (type === 'complete') throw errorOf('FI.MAU.BRIDGE.LOGIN_ALREADY_FINISHED')
    if (!['user_input', 'cookies', 'webauthn', 'display_and_wait'].includes(type)) throw new ApiError(404, 'M_UNRECOGNIZED', `Invalid step type "${type}"`)
    const input = type === 'display_and_wait' ? {} : inputOf(request.body)
    const step = await process.submit(param(request, 'step'), type, textOf(query(request)['txn_id']), input)
    return { login_id: process.id, ...step }
  })
  route('POST', '/login/cancel/:process', (mxid, request) => {
    processOf(mxid, request).cancel()
  })
  route('POST', '/logout/:login', (mxid, request) => {
    const id = param(request, 'login')
    const logins = id === 'all' ? ofUser(mxid) : ofUser(mxid).filter((login) => login.id === id)
    if (id !== 'all' && logins.length === 0) throw new ApiError(404, 'M_NOT_FOUND', 'Login not found')
    for (const login of logins) clients.remove(login, undefined, true)
  })
  route('GET', '/logins', (mxid) => ({ login_ids: ofUser(mxid).map((login) => login.id) }))
  route('GET', '/contacts', async (mxid, request) => ({ contacts: await contacts.list(chosen(mxid, request)) }))
  route('POST', '/search_users', async (mxid, request) => {
    const wanted = textOf(inputOf(request.body)['query']) ?? ''
    return { results: await contacts.search(chosen(mxid, request), wanted) }
  })
  route('GET', '/resolve_identifier/:identifier', (mxid, request) => contacts.resolve(chosen(mxid, request), param(request, 'identifier')))
  route('POST', '/create_dm/:identifier', async (mxid, request, reply) => {
    const { result, created } = await contacts.createDm(chosen(mxid, request), param(request, 'identifier'))
    reply.code(created ? 201 : 200)
    return result
  })
  route('POST', '/create_group/:type', (mxid, request) => createGroup(bridge, chosen(mxid, request), param(request, 'type'), inputOf(request.body)))
  route('POST', '/backfill/:room', () => {
    throw new ApiError(404, 'M_UNRECOGNIZED', 'Backfilling is not supported on this homeserver')
  })
}

/** The body as a JSON object; anything else is M_NOT_JSON. */
function inputOf(body: unknown): JsonObject {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) throw new ApiError(400, 'M_NOT_JSON', 'Failed to decode request body')
  return body as JsonObject
}

function whoami(bridge: Bridge, mxid: string, logins: Login[]): JsonObject {
  const management = bridge.store.users.get(mxid)?.management_room
  return {
    network,
    login_flows: loginFlows,
    homeserver: bridge.config.serverName,
    bridge_bot: bridge.config.bot,
    command_prefix: bridge.config.commandPrefix,
    ...(management === undefined ? {} : { management_room: management }),
    logins: logins.map((login) => {
      const state = bridge.states.current(login.id)
      return {
        state_event: state['state_event'],
        state_ts: state['timestamp'],
        ...(state['reason'] === undefined ? {} : { state_reason: state['reason'] }),
        ...(state['info'] === undefined ? {} : { state_info: state['info'] }),
        state,
        id: login.id,
        name: `+${login.id}`,
        profile: { phone: `+${login.id}`, name: login.name },
      }
    }),
  }
}

async function createGroup(bridge: Bridge, login: Login, type: string, body: JsonObject): Promise<JsonObject> {
  if (type !== 'group') throw new ApiError(400, 'M_UNRECOGNIZED', 'Unrecognized group type')
  if (login.error !== undefined) throw new ApiError(403, 'M_FORBIDDEN', "You're not logged in")
  const name = textOf(objectOf(body['name'])['name']) ?? ''
  const asked = listOf(body['participants']).map(String)
  if (asked.length === 0) throw new ApiError(400, 'M_INVALID_PARAM', 'Must have at least 1 participants')
  if (name.length > 100) throw new ApiError(400, 'M_INVALID_PARAM', 'Name must be less than 100 characters')
  const members = asked.map((identifier) => bridge.ids.phoneOfIdentifier(identifier))
  if (members.includes(undefined)) throw new ApiError(400, 'M_INVALID_PARAM', 'Invalid participant')
  const group = bridge.whatsapp.network.createGroup(name, [login.id, ...members.flatMap((phone) => phone ?? [])])
  const { portal } = await bridge.portals.ensure(login, { group: group.id })
  return { id: group.id, mxid: portal.room_id, failed_participants: {} }
}

/** Request ids, CORS and error bodies of the bridge's listener (protocol/bridge.md 1.1). */
export function provisioningErrors(app: FastifyInstance, log: (text: string) => void): void {
  app.addHook('onRequest', async (request, reply) => {
    reply.header('request-id', randomBytes(10).toString('hex'))
    reply.header('access-control-allow-origin', '*')
    reply.header('access-control-allow-methods', 'GET, POST, PUT, DELETE, OPTIONS')
    reply.header('access-control-allow-headers', 'X-Requested-With, Content-Type, Authorization')
    if (request.method === 'OPTIONS' && request.url.startsWith('/_matrix/provision')) await reply.code(200).send({})
  })
  app.setErrorHandler((error: Error & { statusCode?: number }, _request, reply) => {
    if (error instanceof ApiError) return reply.code(error.status).send(error.body())
    if (error.statusCode === 400 || error.statusCode === 415) return reply.code(400).send({ errcode: 'M_NOT_JSON', error: error.message })
    log(`request failed: ${error.stack ?? error.message}`)
    return reply.code(500).send({ errcode: 'M_UNKNOWN', error: 'Internal error', 'fi.mau.internal_error': error.message })
  })
  app.setNotFoundHandler((request, reply) => {
    const other = ['GET', 'POST', 'PUT'].some((method) => app.findRoute({ method: method as 'GET', url: request.url }) !== null)
    return reply.code(other ? 405 : 404).send({ errcode: 'M_UNRECOGNIZED', error: 'Unrecognized endpoint' })
  })
}
