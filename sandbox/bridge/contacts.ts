import { ApiError } from './api-error.ts'
import type { Bridge } from './bridge.ts'
import { MatrixError, path } from './homeserver.ts'
import type { JsonObject } from './json.ts'
import type { Login } from './store.ts'

/** Contacts, search, resolving and new chats (protocol/bridge.md 1.8). */
export type Contacts = {
  list(login: Login): Promise<JsonObject[]>
  search(login: Login, query: string): Promise<JsonObject[]>
  resolve(login: Login, identifier: string): Promise<JsonObject>
  createDm(login: Login, identifier: string): Promise<{ result: JsonObject; created: boolean }>
}

export function createContacts(bridge: Bridge): Contacts {
  const { ids, ghosts, portals } = bridge
  const { network } = bridge.whatsapp

  async function describe(login: Login, phone: string, withNumber: boolean): Promise<JsonObject> {
    const mxid = await ghosts.ensure(phone, login.id)
    const portal = portals.find(login, { peer: phone })
    return {
      id: ids.ghostId(phone),
      name: ghosts.displayName(phone, login.id),
      ...(withNumber && !network.phone(phone).phone_hidden ? { identifiers: [`tel:+${phone}`] } : {}),
      mxid,
      ...(portal === undefined ? {} : { dm_room_mxid: portal.room_id }),
    }
  }

  function phoneOf(login: Login, identifier: string): string {
    if (login.error !== undefined) throw new ApiError(500, 'M_UNKNOWN', 'Failed to resolve identifier', 'not logged in')
    if (/^[^@\s]+@[^@\s]+\.[a-z]+$/i.test(identifier) && ids.phoneOfIdentifier(identifier) === undefined) {
      throw new ApiError(400, 'M_INVALID_PARAM', 'WhatsApp does not support e-mail addresses as identifiers')
    }
    const phone = ids.phoneOfIdentifier(identifier)
    if (phone === undefined || !network.phone(phone).on_whatsapp) throw new ApiError(404, 'M_NOT_FOUND', 'Identifier not found')
    return phone
  }

  /** Whether the user has left the room: then a new one is made, as the bridge does. */
  async function hasLeft(roomId: string, mxid: string): Promise<boolean> {
    try {
      const where = path`/_matrix/client/v3/rooms/${roomId}/state/m.room.member/${mxid}`
      const member = await bridge.homeserver.call('GET', where, { as: bridge.config.bot })
      return member['membership'] === 'leave' || member['membership'] === 'ban'
    } catch (error) {
      if (error instanceof MatrixError && error.status === 404) return true
      throw error
    }
  }

  function known(login: Login): string[] {
    const talked = network.chatsOf(login.id).flatMap((chat) => chat.peer ?? [])
    return [...new Set([...Object.keys(network.phone(login.id).contacts), ...talked])]
  }

  return {
    async list(login) {
      if (login.error !== undefined) throw new ApiError(403, 'M_FORBIDDEN', "You're not logged in")
      return Promise.all(Object.keys(network.phone(login.id).contacts).map((phone) => describe(login, phone, true)))
    },
    async search(login, query) {
      if (login.error !== undefined) throw new ApiError(403, 'M_FORBIDDEN', "You're not logged in")
      const wanted = query.toLowerCase()
      const found = known(login).filter((phone) => `${ghosts.displayName(phone, login.id)} +${phone}`.toLowerCase().includes(wanted))
      return Promise.all(found.map((phone) => describe(login, phone, true)))
    },
    resolve: async (login, identifier) => describe(login, phoneOf(login, identifier), false),
    async createDm(login, identifier) {
      const phone = phoneOf(login, identifier)
      const before = portals.find(login, { peer: phone })
      if (before !== undefined && (await hasLeft(before.room_id, login.mxid))) bridge.store.commit({ t: 'portal_gone', key: before.key })
      const { created } = await portals.ensure(login, { peer: phone })
      return { result: await describe(login, phone, false), created }
    },
  }
}
