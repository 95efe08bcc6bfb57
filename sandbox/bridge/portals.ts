import type { Network } from '../phone/network.ts'
import type { Chat } from '../phone/types.ts'
import { puppetSource, type DoublePuppets } from './double-puppet.ts'
import type { Ghosts } from './ghosts.ts'
import { MatrixError, path, type Call, type Homeserver } from './homeserver.ts'
import type { Ids } from './ids.ts'
import type { JsonObject } from './json.ts'
import type { BridgeConfig } from './options.ts'
import { roomFeatures } from './room-features.ts'
import type { Login, Portal, Store } from './store.ts'

/** The Matrix rooms that stand for chats. */
export type Portals = {
  keyOf(login: Login, chat: Chat): string
  find(login: Login, chat: Chat): Portal | undefined
  /** Makes the room, or brings its members and name up to date. `created` says that this call made it. */
  ensure(login: Login, chat: Chat): Promise<{ portal: Portal; created: boolean }>
  /** Joins somebody who has to write there. */
  bring(portal: Portal, mxid: string, actor: Pick<Call, 'as' | 'token'>): Promise<void>
  /** Redacts an event of the login's user, as the user where that is possible, else as the bot. */
  redactAs(portal: Portal, login: Login, eventId: string): Promise<void>
}

type Deps = {
  config: BridgeConfig
  network: Network
  homeserver: Homeserver
  ids: Ids
  ghosts: Ghosts
  puppets: DoublePuppets
  store: Store
}

/** Rooms are made by the bot, members brought in one by one, as protocol/bridge.md 4.2 and 4.6 have it (`split_portals`). */
export function createPortals(deps: Deps): Portals {
  const { config, network, homeserver, ids, ghosts, store } = deps
  const working = new Map<string, Promise<unknown>>()
  const keyOf = (login: Login, chat: Chat) => `${login.id} ${ids.jid(chat)}`
  const find = (login: Login, chat: Chat) => store.portals.get(keyOf(login, chat))

  function nameOf(login: Login, chat: Chat): string {
    return chat.group === undefined ? ghosts.displayName(chat.peer, login.id) : (network.state.groups.get(chat.group)?.name ?? 'WhatsApp group')
  }

  function peopleIn(login: Login, chat: Chat): string[] {
    const members = chat.group === undefined ? [chat.peer] : (network.state.groups.get(chat.group)?.members ?? [])
    return members.filter((phone) => phone !== login.id || chat.peer === login.id)
  }

  async function create(login: Login, chat: Chat): Promise<Portal> {
    const key = keyOf(login, chat)
    const jid = ids.jid(chat)
    const type = chat.group === undefined ? 'dm' : 'group'
    const name = nameOf(login, chat)
    const puppet = await deps.puppets.find(login.mxid)
    const info = bridgeInfo(config, login, { jid, type, name })
    const services = [config.bot, ...(puppet === undefined ? [ids.ghostMxid(login.id)] : [])]
    const stateKey = `${config.serverName}/whatsapp`
    const body: JsonObject = {
      preset: 'private_chat',
      visibility: 'private',
      is_direct: type === 'dm',
      creation_content: { 'm.federate': false },
      power_level_content_override: powerLevels(config, type),
      initial_state: [
        { type: 'm.room.name', state_key: '', content: { name, ...(type === 'dm' ? { 'fi.mau.implicit_name': true } : {}) } },
        { type: 'm.bridge', state_key: stateKey, content: info },
        { type: 'uk.half-shot.bridge', state_key: stateKey, content: info },
        { type: 'com.beeper.room_features', state_key: stateKey, content: roomFeatures(type) },
        { type: 'io.element.functional_members', state_key: '', content: { service_members: services } },
        ...(type === 'dm' ? [{ type: 'm.room.topic', state_key: '', content: { topic: 'WhatsApp private chat' } }] : []),
      ],
    }
    const answer = await homeserver.call('POST', '/_matrix/client/v3/createRoom', { as: config.bot, body })
    const portal: Portal = { key, login: login.id, jid, type, room_id: String(answer['room_id']), name }
    store.commit({ t: 'portal', portal })
    return portal
  }

  async function bringIn(portal: Portal, login: Login, chat: Chat): Promise<void> {
    const puppet = await deps.puppets.find(login.mxid)
    const people = puppet === undefined ? [...peopleIn(login, chat), login.id] : peopleIn(login, chat)
    for (const phone of new Set(people)) {
      const mxid = await ghosts.ensure(phone, login.id)
      await join(portal.room_id, mxid, {}, { as: mxid })
    }
    const { room_id: roomId } = portal
    if (puppet === undefined) await invite(roomId, login.mxid, portal.type === 'dm' ? { is_direct: true } : {})
    else await join(roomId, login.mxid, { 'fi.mau.will_auto_accept': true, ...(portal.type === 'dm' ? { is_direct: true } : {}) }, puppet)
    store.commit({ t: 'portal', portal: { ...portal, ready_for: login.mxid } })
  }

  async function membership(roomId: string, mxid: string): Promise<unknown> {
    try {
      const member = await homeserver.call('GET', path`/_matrix/client/v3/rooms/${roomId}/state/m.room.member/${mxid}`, { as: config.bot })
      return member['membership']
    } catch (error) {
      if (error instanceof MatrixError && error.status === 404) return undefined
      throw error
    }
  }

  async function invite(roomId: string, mxid: string, extra: JsonObject): Promise<void> {
    const now = await membership(roomId, mxid)
    if (now === 'join' || now === 'invite') return
    const state = path`/_matrix/client/v3/rooms/${roomId}/state/m.room.member/${mxid}`
    await homeserver.call('PUT', state, { as: config.bot, body: { membership: 'invite', ...extra } })
  }

  async function join(roomId: string, mxid: string, extra: JsonObject, actor: { as?: string; token?: string }): Promise<void> {
    if ((await membership(roomId, mxid)) === 'join') return
    await invite(roomId, mxid, extra)
    await homeserver.call('POST', path`/_matrix/client/v3/join/${roomId}`, { ...actor, body: {} })
  }

  async function rename(portal: Portal, login: Login, chat: Chat): Promise<Portal> {
    for (const phone of peopleIn(login, chat)) await ghosts.ensure(phone, login.id)
    const name = nameOf(login, chat)
    if (name === portal.name) return portal
    const renamed = { ...portal, name }
    const content = { name, ...(portal.type === 'dm' ? { 'fi.mau.implicit_name': true } : {}) }
    await homeserver.call('PUT', path`/_matrix/client/v3/rooms/${portal.room_id}/state/m.room.name/`, { as: config.bot, body: content })
    store.commit({ t: 'portal', portal: renamed })
    return renamed
  }

  async function ensureNow(login: Login, chat: Chat): Promise<{ portal: Portal; created: boolean }> {
    const known = find(login, chat)
    const portal = known === undefined ? await create(login, chat) : await rename(known, login, chat)
    if (portal.ready_for !== login.mxid) await bringIn(portal, login, chat)
    return { portal: store.portals.get(portal.key) ?? portal, created: known === undefined }
  }

  return {
    keyOf,
    find,
    bring: (portal, mxid, actor) => join(portal.room_id, mxid, {}, actor),
    async redactAs(portal, login, eventId) {
      const puppet = await deps.puppets.find(login.mxid)
      const where = path`/_matrix/client/v3/rooms/${portal.room_id}/redact/${eventId}/${`wa_replaced_${eventId}`}`
      await homeserver.call('PUT', where, { ...(puppet ?? { as: config.bot }), body: puppet === undefined ? {} : puppetSource })
    },
    ensure(login, chat) {
      const key = keyOf(login, chat)
      const next = (working.get(key) ?? Promise.resolve()).catch(() => {}).then(() => ensureNow(login, chat))
      working.set(key, next)
      return next
    },
  }
}

function bridgeInfo(config: BridgeConfig, login: Login, channel: { jid: string; type: 'dm' | 'group'; name: string }): JsonObject {
  return {
    bridgebot: config.bot,
    creator: config.bot,
    protocol: { id: 'whatsapp', displayname: 'WhatsApp', avatar_url: 'mxc://maunium.net/NeXNQarUrblYBiPCpprYsRqr', external_url: 'https://whatsapp.com' },
    channel: { id: channel.jid, displayname: channel.name, 'fi.mau.receiver': login.id },
    ...(channel.type === 'dm' ? { 'com.beeper.room_type': 'dm', 'com.beeper.room_type.v2': 'dm' } : {}),
  }
}

function powerLevels(config: BridgeConfig, type: 'dm' | 'group'): JsonObject {
  return {
    users: { [config.bot]: 9001 },
    events: { 'm.room.tombstone': 100, 'm.room.server_acl': 100, 'm.room.encryption': 100 },
    ...(type === 'group' ? { state_default: 99 } : {}),
  }
}
