import { deleteDevices, putDevice } from '../accounts.ts'
import { authenticate } from '../auth.ts'
import { getUser } from '../core.ts'
import { MatrixError, notFound } from '../errors.ts'
import type { Parts } from '../homeserver.ts'
import { ok, readJson } from '../http.ts'
import type { Device, User } from '../state.ts'

/** Devices: PUT by an appservice makes one (protocol/homeserver.md 3.3); a user can only rename. */
export function routeDevices({ core, router }: Parts): void {
  router.on('GET', '/_matrix/client/v3/devices', (request) => {
    const user = getUser(core, authenticate(core, request).userId)
    return ok({ devices: [...user.devices.values()].map((device) => show(user, device)) })
  })
  router.on('GET', '/_matrix/client/v3/devices/:device', (request) => {
    const user = getUser(core, authenticate(core, request).userId)
    const device = user.devices.get(request.params.device ?? '')
    if (device === undefined) throw notFound('Not found')
    return ok(show(user, device))
  })
  router.on('PUT', '/_matrix/client/v3/devices/:device', async (request) => {
    const requester = authenticate(core, request)
    const { display_name: name } = await readJson(request)
    const user = getUser(core, requester.userId)
    const deviceId = request.params.device ?? ''
    if (requester.appservice === null && !user.devices.has(deviceId)) throw notFound('Not found')
    const isNew = putDevice(core, user, deviceId, typeof name === 'string' ? name : null)
    return { status: isNew ? 201 : 200, body: {} }
  })
  router.on('DELETE', '/_matrix/client/v3/devices/:device', async (request) => {
    const requester = authenticate(core, request)
    await readJson(request, { allowEmpty: true })
    if (requester.appservice === null) throw new MatrixError(401, 'M_UNAUTHORIZED', 'Deleting a device needs the password')
    deleteDevices(core, getUser(core, requester.userId), [request.params.device ?? ''])
    return ok()
  })
}

function show(user: User, device: Device) {
  return { device_id: device.device_id, display_name: device.display_name, last_seen_ip: null, last_seen_ts: null, user_id: user.userId }
}
