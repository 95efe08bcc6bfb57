import type { Appservice } from './appservices.ts'
import type { Core } from './core.ts'
import { forbidden, MatrixError } from './errors.ts'
import type { Request } from './http.ts'

/** Who makes a request: a user with its token, or an appservice as itself or as one of its users. */
export type Requester = { userId: string; deviceId: string | null; token: string | null; appservice: Appservice | null; admin: boolean }

/** The access token of a request; 401 M_MISSING_TOKEN when there is none or more than one. */
export function accessToken(request: Request): string {
  const header = request.headers.authorization
  const inQuery = request.query.get('access_token')
  if (header === undefined) {
    if (inQuery === null) throw missingToken('Missing access token')
    return inQuery
  }
  if (inQuery !== null) throw missingToken('Mixing Authorization headers and access_token query parameters.')
  const parts = header.split(' ')
  if (parts[0] !== 'Bearer' || parts.length !== 2 || parts[1] === undefined) throw missingToken('Invalid Authorization header.')
  return parts[1]
}

function missingToken(message: string): MatrixError {
  return new MatrixError(401, 'M_MISSING_TOKEN', message)
}

/** Who makes this request (protocol/homeserver.md 3.3); 401 without a good token, 403 when an appservice may not act as that user. */
export function authenticate(core: Core, request: Request): Requester {
  const token = accessToken(request)
  const service = core.services.find((each) => each.asToken === token)
  if (service !== undefined) return asAppservice(core, request, service)
  const known = core.store.state.tokens.get(token)
  if (known === undefined) throw new MatrixError(401, 'M_UNKNOWN_TOKEN', 'Invalid access token passed.', { soft_logout: false })
  if (known.validUntil !== null && known.validUntil < core.clock()) {
    throw new MatrixError(401, 'M_UNKNOWN_TOKEN', 'Access token has expired', { soft_logout: true })
  }
  const user = core.store.state.users.get(known.userId)
  if (user?.locked === true) throw userLocked()
  return { userId: known.userId, deviceId: known.deviceId, token, appservice: null, admin: user?.admin ?? false }
}

/** What a locked user meets; an appservice that acts as it does not (protocol/homeserver.md 3.2). */
export function userLocked(): MatrixError {
  return new MatrixError(401, 'M_USER_LOCKED', 'User account has been locked', { soft_logout: true })
}

function asAppservice(core: Core, request: Request, service: Appservice): Requester {
  const userId = request.query.get('user_id') ?? service.sender
  const user = core.store.state.users.get(userId)
  if (userId !== service.sender) {
    if (!service.isInterestedInUser(userId)) throw forbidden(`Application service cannot masquerade as this user (${userId}).`)
    if (user === undefined) throw forbidden(`Application service has not registered this user (${userId})`)
  }
  const deviceId = request.query.get('device_id')
  if (deviceId !== null && deviceId !== '' && user?.devices.has(deviceId) !== true) {
    throw new MatrixError(
      400,
      'M_UNKNOWN_DEVICE',
      `Application service trying to use a device that doesn't exist ('${deviceId}' for ${userId})`,
    )
  }
  return { userId, deviceId: deviceId === '' ? null : deviceId, token: null, appservice: service, admin: user?.admin ?? false }
}

/** The requester, who must be a server admin; 403 otherwise. */
export function authenticateAdmin(core: Core, request: Request): Requester {
  const requester = authenticate(core, request)
  if (!requester.admin || core.authentication !== 'own') throw forbidden('You are not a server admin')
  return requester
}
