import { chatsOf } from '../phone/chats.ts'
import { phoneOf } from '../phone/network.ts'
import { ApiError } from './api-error.ts'
import type { Bridge } from './bridge.ts'
import type { JsonObject } from './json.ts'
import { ensurePortal, findPortal, memberOf } from './portals.ts'
import type { Login } from './store.ts'

/** A person of the address book as the provisioning API shows it (protocol/bridge.md 1.8). */
async function describe(bridge: Bridge, login: Login, phone: string): Promise<JsonObject> {
  const mxid = await bridge.ghosts.ensure(phone, login.id)
  const tel = phoneOf(bridge.whatsapp.network, phone).phone_hidden ? {} : { identifiers: [`tel:+${phone}`] }
  return { id: bridge.ids.ghostId(phone), name: bridge.ghosts.displayName(phone, login.id), ...tel, mxid, ...roomOf(bridge, login, phone) }
}

/** Somebody who was looked up: nothing but the ids, unless the bridge knows the person from elsewhere. */
async function glance(bridge: Bridge, login: Login, phone: string): Promise<JsonObject> {
  const id = bridge.ids.ghostId(phone)
  const known = bridge.store.ghosts.get(id)
  const tel =
    known === undefined || known.tel === '' || (await bridge.features.profiles()) === undefined ? {} : { identifiers: [known.tel] }
  const name = known === undefined ? {} : { name: known.name }
  return { id, ...name, ...tel, mxid: bridge.ids.ghostMxid(phone), ...roomOf(bridge, login, phone) }
}

function roomOf(bridge: Bridge, login: Login, phone: string): JsonObject {
  const portal = findPortal(bridge, login, { peer: phone })
  return portal === undefined ? {} : { dm_room_mxid: portal.room_id }
}

function addressBook(bridge: Bridge, login: Login): string[] {
  if (login.error !== undefined) throw new ApiError(403, 'M_FORBIDDEN', "You're not logged in")
  return Object.keys(phoneOf(bridge.whatsapp.network, login.id).contacts)
}

/** The phone's address book. */
export async function listContacts(bridge: Bridge, login: Login): Promise<JsonObject[]> {
  return Promise.all(addressBook(bridge, login).map((phone) => describe(bridge, login, phone)))
}

/** Address book and everybody ever talked to, by a part of name or number; an empty query gives all. */
export async function searchContacts(bridge: Bridge, login: Login, query: string): Promise<JsonObject[]> {
  const talked = chatsOf(bridge.whatsapp.network, login.id).flatMap((chat) => chat.peer ?? [])
  const known = [...new Set([...addressBook(bridge, login), ...talked])]
  const wanted = query.toLowerCase()
  const found = known.filter((phone) => `${bridge.ghosts.displayName(phone, login.id)} +${phone}`.toLowerCase().includes(wanted))
  return Promise.all(found.map((phone) => describe(bridge, login, phone)))
}

function phoneFor(bridge: Bridge, login: Login, identifier: string): string {
  if (login.error !== undefined) throw new ApiError(500, 'M_UNKNOWN', 'Failed to resolve identifier', 'not logged in')
  const phone = bridge.ids.phoneOfIdentifier(identifier)
  if (phone === undefined && /^[^@\s]+@[^@\s]+\.[a-z]+$/i.test(identifier) && !/@(?:lid|s\.whatsapp\.net)$/.test(identifier)) {
    throw new ApiError(400, 'M_INVALID_PARAM', 'WhatsApp does not support e-mail addresses as identifiers')
  }
  if (phone === undefined || !phoneOf(bridge.whatsapp.network, phone).on_whatsapp)
    throw new ApiError(404, 'M_NOT_FOUND', 'Identifier not found')
  return phone
}

/** Who an identifier is; 404 if nobody on WhatsApp. */
export async function resolveIdentifier(bridge: Bridge, login: Login, identifier: string): Promise<JsonObject> {
  return glance(bridge, login, phoneFor(bridge, login, identifier))
}

/** The room with somebody, made if there is none; a user who had left the old room gets a new one. */
export async function createDm(bridge: Bridge, login: Login, identifier: string): Promise<{ result: JsonObject; created: boolean }> {
  const phone = phoneFor(bridge, login, identifier)
  const before = findPortal(bridge, login, { peer: phone })
  const membership = before === undefined ? 'join' : (await memberOf(bridge, before.room_id, login.mxid))?.['membership']
  if (before !== undefined && membership !== 'join' && membership !== 'invite') bridge.store.commit({ t: 'portal_gone', key: before.key })
  const seen = await glance(bridge, login, phone)
  const { created } = await ensurePortal(bridge, login, { peer: phone })
  return { result: { ...seen, ...roomOf(bridge, login, phone) }, created }
}
