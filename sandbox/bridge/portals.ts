import { membersOf } from '../phone/chats.ts'
import type { Chat, Media } from '../phone/types.ts'
import type { Bridge } from './bridge.ts'
import { puppetSource } from './double-puppet.ts'
import { MatrixError, path, type Call } from './homeserver.ts'
import { objectOf, type JsonObject } from './json.ts'
import type { BridgeConfig } from './options.ts'
import { roomFeatures } from './room-features.ts'
import type { Login, Portal } from './store.ts'

type Actor = Pick<Call, 'as' | 'token'>

/** Key of the portal for a chat of a login; every login has its own rooms (`split_portals`). */
function portalKey(bridge: Bridge, login: Login, chat: Chat): string {
  return `${login.id} ${bridge.ids.jid(chat)}`
}

/** The portal for a chat, if it has one. */
export function findPortal(bridge: Bridge, login: Login, chat: Chat): Portal | undefined {
  return bridge.store.portals.get(portalKey(bridge, login, chat))
}

/** Makes the room for a chat, or brings its members and name up to date. `created` says that this call made it. */
export function ensurePortal(bridge: Bridge, login: Login, chat: Chat): Promise<{ portal: Portal; created: boolean }> {
  return bridge.lanes.run(`portal ${portalKey(bridge, login, chat)}`, async () => {
    const known = findPortal(bridge, login, chat)
    const portal = known === undefined ? await create(bridge, login, chat) : await update(bridge, known, login, chat)
    if (portal.ready_for !== login.mxid) await bringIn(bridge, portal, login, chat)
    return { portal: bridge.store.portals.get(portal.key) ?? portal, created: known === undefined }
  })
}

function nameOf(bridge: Bridge, login: Login, chat: Chat): string {
  if (chat.group === undefined) return bridge.ghosts.displayName(chat.peer, login.id)
  return bridge.whatsapp.network.state.groups.get(chat.group)?.name ?? 'WhatsApp group'
}

/** Those whose ghosts belong into the room, whatever becomes of the login's own. */
function othersIn(bridge: Bridge, login: Login, chat: Chat): string[] {
  if (chat.peer !== undefined) return [chat.peer]
  return membersOf(bridge.whatsapp.network, login.id, chat).filter((phone) => phone !== login.id)
}

async function create(bridge: Bridge, login: Login, chat: Chat): Promise<Portal> {
  const { config, ids } = bridge
  const portal = {
    key: portalKey(bridge, login, chat),
    login: login.id,
    jid: ids.jid(chat),
    type: chat.group === undefined ? 'dm' : 'group',
  } as const
  const name = nameOf(bridge, login, chat)
  const puppet = await bridge.puppets.find(login.mxid)
  const info = bridgeInfo(config, login, { ...portal, name })
  const services = [...(puppet === undefined ? [ids.ghostMxid(login.id)] : []), config.bot]
  const key = `${config.serverName}/whatsapp`
  const body: JsonObject = {
    preset: 'private_chat',
    visibility: 'private',
    is_direct: portal.type === 'dm',
    creation_content: { 'm.federate': false },
    power_level_content_override: powerLevels(portal.type, (await bridge.features.privilegedCreators()) ? {} : { [config.bot]: 9001 }),
    initial_state: [
      { type: 'm.room.name', state_key: '', content: { name, ...unseen } },
      { type: 'm.bridge', state_key: key, content: info },
      { type: 'uk.half-shot.bridge', state_key: key, content: info },
      { type: 'com.beeper.room_features', state_key: key, content: roomFeatures(portal.type) },
      { type: 'io.element.functional_members', state_key: '', content: { service_members: services } },
      { type: 'm.room.topic', state_key: '', content: { topic: portal.type === 'dm' ? 'WhatsApp private chat' : '', ...unseen } },
      { type: 'com.beeper.disappearing_timer', state_key: '', content: unseen },
    ],
  }
  const answer = await bridge.homeserver.call('POST', '/_matrix/client/v3/createRoom', { as: config.bot, body })
  const made: Portal = { ...portal, room_id: String(answer['room_id']), name }
  bridge.store.commit({ t: 'portal', portal: made })
  return made
}

/** What the bridge puts into state that a room is born with. */
const unseen = { 'com.beeper.exclude_from_timeline': true }

function nameContent(type: Portal['type'], name: string): JsonObject {
  return { name, ...(type === 'dm' ? { 'fi.mau.implicit_name': true } : {}) }
}

/** Joins the ghosts, then the user: joined for it with double puppeting, invited without (protocol/bridge.md 3.3). */
async function bringIn(bridge: Bridge, portal: Portal, login: Login, chat: Chat): Promise<void> {
  const puppet = await bridge.puppets.find(login.mxid)
  const people = [...othersIn(bridge, login, chat), ...(puppet === undefined ? [login.id] : [])]
  for (const phone of new Set(people)) {
    const mxid = await bridge.ghosts.ensure(phone, login.id)
    await joinRoom(bridge, portal.room_id, mxid, { as: mxid })
  }
  const direct = portal.type === 'dm' ? { is_direct: true } : {}
  if (puppet === undefined) await invite(bridge, portal.room_id, login.mxid, {})
  else await joinRoom(bridge, portal.room_id, login.mxid, puppet, { 'fi.mau.will_auto_accept': true, ...direct })
  await kickOthers(bridge, portal, login)
  bridge.store.commit({ t: 'portal', portal: { ...portal, ready_for: login.mxid } })
}

/** Matrix users whom WhatsApp does not know in this chat are put out: earlier owners of the number, observers (`kick_matrix_users`). */
async function kickOthers(bridge: Bridge, portal: Portal, login: Login): Promise<void> {
  const { config, homeserver, ids } = bridge
  const answer = await homeserver.call('GET', path`/_matrix/client/v3/rooms/${portal.room_id}/joined_members`, { as: config.bot })
  for (const mxid of Object.keys(objectOf(answer['joined']))) {
    if (mxid === config.bot || mxid === login.mxid || ids.phoneOfMxid(mxid) !== undefined) continue
    const body = { user_id: mxid, reason: 'User is not in remote chat' }
    await homeserver.call('POST', path`/_matrix/client/v3/rooms/${portal.room_id}/kick`, { as: config.bot, body })
  }
}

/** Content of somebody's membership in a room, undefined where there is none. */
export async function memberOf(bridge: Bridge, roomId: string, mxid: string): Promise<JsonObject | undefined> {
  try {
    return await bridge.homeserver.call('GET', path`/_matrix/client/v3/rooms/${roomId}/state/m.room.member/${mxid}`, {
      as: bridge.config.bot,
    })
  } catch (error) {
    if (error instanceof MatrixError && error.status === 404) return undefined
    throw error
  }
}

async function invite(bridge: Bridge, roomId: string, mxid: string, extra: JsonObject): Promise<void> {
  const membership = (await memberOf(bridge, roomId, mxid))?.['membership']
  if (membership === 'join' || membership === 'invite') return
  const where = path`/_matrix/client/v3/rooms/${roomId}/state/m.room.member/${mxid}`
  await bridge.homeserver.call('PUT', where, { as: bridge.config.bot, body: { membership: 'invite', ...extra } })
}

/** Invites somebody where needed and joins the room as it. */
export async function joinRoom(bridge: Bridge, roomId: string, mxid: string, actor: Actor, extra: JsonObject = {}): Promise<void> {
  if ((await memberOf(bridge, roomId, mxid))?.['membership'] === 'join') return
  await invite(bridge, roomId, mxid, extra)
  // With double puppeting the bridge says that it was it who joined.
  const body = actor.token === undefined ? {} : puppetSource
  await bridge.homeserver.call('POST', path`/_matrix/client/v3/join/${roomId}`, { ...actor, body })
}

async function update(bridge: Bridge, portal: Portal, login: Login, chat: Chat): Promise<Portal> {
  for (const phone of othersIn(bridge, login, chat)) await bridge.ghosts.ensure(phone, login.id)
  const name = nameOf(bridge, login, chat)
  if (name === portal.name) return portal
  const where = path`/_matrix/client/v3/rooms/${portal.room_id}/state/m.room.name/`
  await bridge.homeserver.call('PUT', where, { as: bridge.config.bot, body: nameContent(portal.type, name) })
  const renamed = { ...portal, name }
  bridge.store.commit({ t: 'portal', portal: renamed })
  return renamed
}

/** Brings a group's room in line with who is in the group now; the user leaves when its phone did. */
export async function syncGroup(bridge: Bridge, login: Login, group: string): Promise<void> {
  const { portal } = await ensurePortal(bridge, login, { group })
  const { members = [], avatar } = bridge.whatsapp.network.state.groups.get(group) ?? {}
  if (avatar !== undefined && avatar.sha256 !== portal.avatar) await setAvatar(bridge, portal, avatar)
  const answer = await bridge.homeserver.call('GET', path`/_matrix/client/v3/rooms/${portal.room_id}/joined_members`, {
    as: bridge.config.bot,
  })
  const joined = new Set(Object.keys(objectOf(answer['joined'])))
  for (const phone of othersIn(bridge, login, { group })) {
    const mxid = bridge.ids.ghostMxid(phone)
    if (!joined.has(mxid)) await joinRoom(bridge, portal.room_id, await bridge.ghosts.ensure(phone, login.id), { as: mxid })
  }
  for (const mxid of joined) {
    const phone = bridge.ids.phoneOfMxid(mxid)
    if (phone !== undefined && phone !== login.id && !(members.includes(phone) && bridge.ids.ghostMxid(phone) === mxid))
      await leaveRoom(bridge, portal.room_id, { as: mxid })
  }
  if (!members.includes(login.id) && joined.has(login.mxid)) await removeUser(bridge, portal, login, undefined)
}

async function setAvatar(bridge: Bridge, portal: Portal, avatar: Media): Promise<void> {
  const { config, homeserver, whatsapp } = bridge
  const url = await homeserver.upload(whatsapp.media.get(avatar.sha256) ?? Buffer.alloc(0), avatar.mime_type, 'avatar.jpg', config.bot)
  await homeserver.call('PUT', path`/_matrix/client/v3/rooms/${portal.room_id}/state/m.room.avatar/`, { as: config.bot, body: { url } })
  bridge.store.commit({ t: 'portal', portal: { ...portal, avatar: avatar.sha256 } })
}

async function leaveRoom(bridge: Bridge, roomId: string, actor: Actor, extra: JsonObject = {}): Promise<void> {
  await bridge.homeserver.call('POST', path`/_matrix/client/v3/rooms/${roomId}/leave`, { ...actor, body: extra })
}

/** Takes the login's user out of a room: it leaves with double puppeting, and is kicked without. */
async function removeUser(bridge: Bridge, portal: Portal, login: Login, reason: string | undefined): Promise<void> {
  const puppet = await bridge.puppets.find(login.mxid)
  const why = reason === undefined ? {} : { reason }
  const kick = path`/_matrix/client/v3/rooms/${portal.room_id}/kick`
  if (puppet !== undefined) await leaveRoom(bridge, portal.room_id, puppet, why)
  else await bridge.homeserver.call('POST', kick, { as: bridge.config.bot, body: { user_id: login.mxid, ...why } })
}

/** The chat was deleted on the phone: everybody leaves, the portal is forgotten, a later message makes a new room (protocol/bridge.md 5.1). */
export async function deletePortal(bridge: Bridge, login: Login, chat: Chat): Promise<void> {
  const portal = findPortal(bridge, login, chat)
  if (portal === undefined) return
  await removeUser(bridge, portal, login, 'Deleting portal')
  for (const phone of othersIn(bridge, login, chat)) await leaveRoom(bridge, portal.room_id, { as: bridge.ids.ghostMxid(phone) })
  bridge.store.commit({ t: 'portal_gone', key: portal.key })
}

/** Redacts an event of the login's user, as the user where that is possible, else as the bot. */
export async function redactFor(bridge: Bridge, portal: Portal, login: Login, eventId: string): Promise<void> {
  const puppet = await bridge.puppets.find(login.mxid)
  const where = path`/_matrix/client/v3/rooms/${portal.room_id}/redact/${eventId}/${`wa_replaced_${eventId}`}`
  await bridge.homeserver.call('PUT', where, { ...(puppet ?? { as: bridge.config.bot }), body: puppet === undefined ? {} : puppetSource })
}

/** Content of `m.bridge`: which chat of which login this room is (protocol/bridge.md 4.2). */
export function bridgeInfo(config: BridgeConfig, login: Login, portal: { jid: string; type: Portal['type']; name: string }): JsonObject {
  return {
    bridgebot: config.bot,
    creator: config.bot,
    protocol: {
      id: 'whatsapp',
      displayname: 'WhatsApp',
      avatar_url: 'mxc://maunium.net/NeXNQarUrblYBiPCpprYsRqr',
      external_url: 'https://whatsapp.com',
    },
    channel: { id: portal.jid, displayname: portal.name, 'fi.mau.receiver': login.id },
    ...(portal.type === 'dm' ? { 'com.beeper.room_type': 'dm', 'com.beeper.room_type.v2': 'dm' } : {}),
  }
}

function powerLevels(type: Portal['type'], users: { [mxid: string]: number }): JsonObject {
  return {
    users,
    events: { 'm.room.tombstone': 100, 'm.room.server_acl': 100, 'm.room.encryption': 100 },
    ...(type === 'group' ? { state_default: 99 } : {}),
  }
}
