import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { createGroup as createWhatsAppGroup } from '../phone/network.ts'
import { ApiError, errorOf } from './api-error.ts'
import type { Bridge } from './bridge.ts'
import type { Clients } from './clients.ts'
import { createDm, listContacts, resolveIdentifier, searchContacts } from './contacts.ts'
import { listOf, objectOf, textOf, type JsonObject } from './json.ts'
import { loginFlows, type LoginFlows } from './login-flows.ts'
import type { LoginProcess } from './login-process.ts'
import { ensurePortal } from './portals.ts'
import type { Login } from './store.ts'
import { capabilities, whoami } from './whoami.ts'

type Deps = {
  bridge: Bridge
  flows: LoginFlows
  clients: Clients
  authenticate: (authorization: string | undefined, mxid: string) => Promise<string>
}

/** Adds a route that knows who calls; what `work` returns is the answer's body. */
type Route = (method: 'GET' | 'POST', url: string, work: (mxid: string, request: FastifyRequest, reply: FastifyReply) => unknown) => void

const param = (request: FastifyRequest, name: string) => String(objectOf(request.params)[name])
const query = (request: FastifyRequest, name: string) => textOf(objectOf(request.query)[name])

/** Mounts `/_matrix/provision/v3` (protocol/bridge.md 1.2). */
export function provisioningRoutes(app: FastifyInstance, deps: Deps): void {
  const { store } = deps.bridge
  const route: Route = (method, url, work) =>
    app.route({
      method,
      url: `/_matrix/provision/v3${url}`,
      handler: async (request, reply) => {
        const mxid = await deps.authenticate(request.headers.authorization, query(request, 'user_id') ?? '')
        if (!store.users.has(mxid)) store.commit({ t: 'user', mxid })
        return (await work(mxid, request, reply)) ?? {}
      },
    })
  route('GET', '/whoami', (mxid) => whoami(deps.bridge, mxid, loginsOf(deps.bridge, mxid)))
  route('GET', '/capabilities', () => capabilities)
  loginRoutes(route, deps)
  chatRoutes(route, deps.bridge)
}

/** The logins of a user, in the order in which they were made. */
export function loginsOf(bridge: Bridge, mxid: string): Login[] {
  return [...bridge.store.logins.values()].filter((login) => login.mxid === mxid)
}

/** The login that `?login_id=` names, or undefined without it. */
function explicitLogin(bridge: Bridge, mxid: string, request: FastifyRequest): Login | undefined {
  const id = query(request, 'login_id')
  if (id === undefined || id === '') return undefined
  const login = bridge.store.logins.get(id)
  if (login === undefined || login.mxid !== mxid) throw new ApiError(404, 'M_NOT_FOUND', 'Login not found')
  return login
}

function chosenLogin(bridge: Bridge, mxid: string, request: FastifyRequest): Login {
  const login = explicitLogin(bridge, mxid, request) ?? loginsOf(bridge, mxid)[0]
  if (login === undefined) throw errorOf('FI.MAU.NOT_LOGGED_IN')
  return login
}

function loginRoutes(route: Route, { bridge, flows, clients }: Deps): void {
  const processOf = (request: FastifyRequest): LoginProcess => {
    const process = flows.find(param(request, 'process'))
    if (process === undefined) throw new ApiError(404, 'M_NOT_FOUND', 'Login not found')
    return process
  }
  route('GET', '/login/flows', () => ({ flows: loginFlows }))
  route('POST', '/login/start/:flow', (mxid, request) => {
    const override = explicitLogin(bridge, mxid, request)
    if (override === undefined && loginsOf(bridge, mxid).length >= bridge.config.maxLogins) throw errorOf('FI.MAU.BRIDGE.TOO_MANY_LOGINS')
    const process = flows.start(mxid, param(request, 'flow'), override)
    return { login_id: process.id, ...process.current() }
  })
  route('POST', '/login/step/:process/:step/:type', async (_mxid, request) => {
    const process = processOf(request)
    const stepType = param(request, 'type')
    if (stepType === 'complete') throw errorOf('FI.MAU.BRIDGE.LOGIN_ALREADY_FINISHED')
    if (!['user_input', 'cookies', 'webauthn', 'display_and_wait'].includes(stepType))
      throw new ApiError(404, 'M_UNRECOGNIZED', `Invalid step type "${stepType}"`)
    const input = stepType === 'display_and_wait' ? {} : inputOf(request.body)
    const step = await process.submit({ stepId: param(request, 'step'), stepType, txnId: query(request, 'txn_id'), input })
    return { login_id: process.id, ...step }
  })
  route('POST', '/login/cancel/:process', (_mxid, request) => processOf(request).cancel())
  route('POST', '/logout/:login', (mxid, request) => {
    const id = param(request, 'login')
    const logins = loginsOf(bridge, mxid).filter((login) => id === 'all' || login.id === id)
    if (id !== 'all' && logins.length === 0) throw new ApiError(404, 'M_NOT_FOUND', 'Login not found')
    for (const login of logins) clients.remove(login, undefined, true)
  })
  route('GET', '/logins', (mxid) => ({ login_ids: loginsOf(bridge, mxid).map((login) => login.id) }))
}

function chatRoutes(route: Route, bridge: Bridge): void {
  route('GET', '/contacts', async (mxid, request) => ({ contacts: await listContacts(bridge, chosenLogin(bridge, mxid, request)) }))
  route('POST', '/search_users', async (mxid, request) => {
    const wanted = textOf(inputOf(request.body)['query']) ?? ''
    return { results: await searchContacts(bridge, chosenLogin(bridge, mxid, request), wanted) }
  })
  route('GET', '/resolve_identifier/:identifier', (mxid, request) =>
    resolveIdentifier(bridge, chosenLogin(bridge, mxid, request), param(request, 'identifier')),
  )
  route('POST', '/create_dm/:identifier', async (mxid, request, reply) => {
    const { result, created } = await createDm(bridge, chosenLogin(bridge, mxid, request), param(request, 'identifier'))
    reply.code(created ? 201 : 200)
    return result
  })
  route('POST', '/create_group/:type', (mxid, request) =>
    createGroup(bridge, chosenLogin(bridge, mxid, request), param(request, 'type'), inputOf(request.body)),
  )
  route('POST', '/backfill/:room', () => {
    throw new ApiError(404, 'M_UNRECOGNIZED', 'Backfilling is not supported on this homeserver')
  })
}

/** The body as a JSON object; anything else is M_NOT_JSON. */
function inputOf(body: unknown): JsonObject {
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw new ApiError(400, 'M_NOT_JSON', 'Failed to decode request body')
  return body as JsonObject
}

/** Makes a group on WhatsApp and its room (protocol/bridge.md 1.9). */
async function createGroup(bridge: Bridge, login: Login, type: string, body: JsonObject): Promise<JsonObject> {
  if (type !== 'group') throw new ApiError(400, 'M_UNRECOGNIZED', 'Unrecognized group type')
  if (login.error !== undefined) throw new ApiError(403, 'M_FORBIDDEN', "You're not logged in")
  const name = textOf(objectOf(body['name'])['name']) ?? ''
  const asked = listOf(body['participants']).map(String)
  if (asked.length === 0) throw new ApiError(400, 'M_INVALID_PARAM', 'Must have at least 1 participants')
  if (name.length > 100) throw new ApiError(400, 'M_INVALID_PARAM', 'Name must be less than 100 characters')
  const members = asked.map((identifier) => bridge.ids.phoneOfIdentifier(identifier))
  if (members.includes(undefined)) throw new ApiError(400, 'M_INVALID_PARAM', 'Invalid participant')
  const group = createWhatsAppGroup(bridge.whatsapp.network, name, [login.id, ...members.flatMap((phone) => phone ?? [])])
  const { portal } = await ensurePortal(bridge, login, { group: group.id })
  return { id: group.id, mxid: portal.room_id, failed_participants: {} }
}
