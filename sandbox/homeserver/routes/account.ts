import { authenticate } from '../auth.ts'
import { findRoom, getUser, type Core } from '../core.ts'
import { badRequest, forbidden, MatrixError, notFound } from '../errors.ts'
import { parseFilter } from '../filter.ts'
import type { Parts } from '../homeserver.ts'
import { ok, readJson, type Request } from '../http.ts'
import { changeMembership } from '../membership.ts'
import type { Json, User } from '../state.ts'
import type { Requester } from '../auth.ts'

const maxDisplayName = 256
const maxAvatarUrl = 1000

/** Profiles; a new name or picture becomes a member event in every joined room (protocol/homeserver.md 3.2). */
export function routeProfile({ core, router }: Parts): void {
  const find = (userId: string): User => {
    const user = core.store.state.users.get(userId)
    if (user === undefined) throw new MatrixError(404, 'M_UNKNOWN', 'No row found (profiles)')
    return user
  }
  router.on('GET', '/_matrix/client/v3/profile/:user', (request) => {
    const { profile } = find(request.params.user ?? '')
    return ok(Object.fromEntries(profile))
  })
  router.on('GET', '/_matrix/client/v3/profile/:user/:field', (request) => {
    const { profile } = find(request.params.user ?? '')
    const field = request.params.field ?? ''
    if (!profile.has(field) && field !== 'displayname' && field !== 'avatar_url') throw notFound('Profile was not found')
    return ok(profile.has(field) ? { [field]: profile.get(field) } : {})
  })
  router.on('PUT', '/_matrix/client/v3/profile/:user/:field', async (request) => {
    const requester = authenticate(core, request)
    const field = request.params.field ?? ''
    const body = await readJson(request)
    if (!(field in body)) throw badRequest(`Missing key '${field}'`, 'M_MISSING_PARAM')
    setProfileField(core, requester, find(request.params.user ?? '').userId, field, body[field])
    return ok()
  })
}

function setProfileField(core: Core, requester: Requester, userId: string, field: string, value: unknown): void {
  if (userId !== requester.userId && !requester.admin) throw badRequest(`Cannot set another user's ${field}`, 'M_FORBIDDEN')
  const isStandard = field === 'displayname' || field === 'avatar_url'
  if (isStandard && typeof value !== 'string' && value !== null) throw badRequest(`'${field}' must be a string`, 'M_INVALID_PARAM')
  const limit = field === 'displayname' ? maxDisplayName : maxAvatarUrl
  if (isStandard && typeof value === 'string' && value.length > limit)
    throw badRequest(`${field === 'displayname' ? 'Displayname' : 'Avatar URL'} is too long (max ${limit})`)
  const kept = value === '' && isStandard ? null : value
  core.store.commit({ r: 'profile', user_id: userId, field, value: kept })
  if (!isStandard) return
  for (const [roomId, member] of core.store.state.memberships.get(userId) ?? []) {
    const room = findRoom(core, roomId)
    if (room === undefined || member.content.membership !== 'join') continue
    changeMembership(core, { ...requester, userId }, room, { target: userId, action: 'join' })
  }
}

function isFilter(filter: Json): boolean {
  try {
    parseFilter(filter)
    return true
  } catch {
    return false
  }
}

/** Account data, tags and filters of a user; all of it only its own. */
export function routeAccountData({ core, router }: Parts): void {
  const own = (request: Request, what: string): User => {
    const requester = authenticate(core, request)
    if (request.params.user !== requester.userId) throw forbidden(`Cannot ${what} for other users${what.endsWith('filters') ? '' : '.'}`)
    return getUser(core, requester.userId)
  }
  const put = (user: User, roomId: string | null, type: string, content: Json) => {
    core.store.commit({ r: 'account_data', user_id: user.userId, room_id: roomId, type, content })
    core.notifier.wake([user.userId])
  }
  const find = (user: User, roomId: string | null, type: string) =>
    roomId === null ? user.accountData.get(type) : user.roomAccountData.get(roomId)?.get(type)
  for (const [pattern, inRoom] of [
    ['/_matrix/client/v3/user/:user/account_data/:type', false],
    ['/_matrix/client/v3/user/:user/rooms/:room/account_data/:type', true],
  ] as const) {
    const roomOf = (request: Request) => (inRoom ? (request.params.room ?? '') : null)
    router.on('GET', pattern, (request) => {
      const data = find(own(request, 'get account data'), roomOf(request), request.params.type ?? '')
      if (data === undefined) throw notFound('Account data not found')
      return ok(data.content)
    })
    router.on('PUT', pattern, async (request) => {
      const user = own(request, 'add account data')
      const type = request.params.type ?? ''
      const content = await readJson(request)
      if (inRoom && type === 'm.fully_read') {
        throw new MatrixError(405, 'M_BAD_JSON', 'Cannot set m.fully_read through this API. Use /rooms/!roomId:server.name/read_markers')
      }
      put(user, roomOf(request), type, content)
      return ok()
    })
  }
  const tagsOf = (user: User, roomId: string) => (user.roomAccountData.get(roomId)?.get('m.tag')?.content.tags ?? {}) as Json
  router.on('GET', '/_matrix/client/v3/user/:user/rooms/:room/tags', (request) =>
    ok({ tags: tagsOf(own(request, 'get tags'), request.params.room ?? '') }),
  )
  router.on('PUT', '/_matrix/client/v3/user/:user/rooms/:room/tags/:tag', async (request) => {
    const user = own(request, 'add tags')
    const [room, tag] = [request.params.room ?? '', request.params.tag ?? '']
    put(user, room, 'm.tag', { tags: { ...tagsOf(user, room), [tag]: await readJson(request) } })
    return ok()
  })
  router.on('DELETE', '/_matrix/client/v3/user/:user/rooms/:room/tags/:tag', (request) => {
    const user = own(request, 'add tags')
    const { [request.params.tag ?? '']: _gone, ...tags } = tagsOf(user, request.params.room ?? '')
    put(user, request.params.room ?? '', 'm.tag', { tags })
    return ok()
  })
  router.on('POST', '/_matrix/client/v3/user/:user/filter', async (request) => {
    const user = own(request, 'create filters')
    const filter = await readJson(request)
    if (!isFilter(filter)) throw new MatrixError(500, 'M_UNKNOWN', 'Internal server error')
    core.store.commit({ r: 'filter', user_id: user.userId, filter })
    return ok({ filter_id: String(user.filters.length - 1) })
  })
  router.on('GET', '/_matrix/client/v3/user/:user/filter/:filter', (request) => {
    const filter = own(request, 'get filters').filters[Number(request.params.filter)]
    if (filter === undefined) throw notFound('No such filter')
    return ok(filter)
  })
}
