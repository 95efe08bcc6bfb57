import { openJournal } from '../homeserver/journal.ts'
import type { JsonObject } from './json.ts'

/** A linked account. `id` is the phone's digits; `error` says why it is not usable (protocol/bridge.md 7.1). */
export type Login = { id: string; mxid: string; device: string; name: string; error?: string }

/** A room for one chat of one login. `ready` once everybody who belongs there has been brought in. */
export type Portal = {
  key: string
  login: string
  jid: string
  type: 'dm' | 'group'
  room_id: string
  name: string
  /** The hash of a group's picture, as its room has it. */
  avatar?: string
  /** The user for whom the members were last brought in. */
  ready_for?: string
}

/** A message that the bridge knows under both names. `at` is ms, `answers` the ids of a poll's options where Matrix chose them. */
export type Known = { portal: string; wa_id: string; event_id: string; sender: string; at: number; type?: string; answers?: string[] }

export type Row =
  | { t: 'user'; mxid: string; management_room?: string }
  | { t: 'login'; login: Login }
  | { t: 'login_gone'; id: string }
  | { t: 'portal'; portal: Portal }
  | { t: 'portal_gone'; key: string }
  | { t: 'messages_moved'; from: string; to: string }
  | { t: 'ghost'; id: string; name: string; tel: string; avatar?: string }
  | { t: 'message'; known: Known }
  | { t: 'reaction'; portal: string; target: string; sender: string; event_id?: string; wa_id?: string }
  | { t: 'pending'; event: JsonObject }
  | { t: 'handled'; event_id: string }

/** Everything the bridge remembers. It changes only by rows that are in the journal first. */
export type Store = {
  users: Map<string, { mxid: string; management_room?: string }>
  logins: Map<string, Login>
  portals: Map<string, Portal>
  portalsByRoom: Map<string, Portal>
  /** With the hash of the picture. */
  ghosts: Map<string, { name: string; tel: string; avatar?: string }>
  byWaId: Map<string, Known>
  byEvent: Map<string, Known>
  /** The last reaction of somebody to a message: its event, and the WhatsApp message that made it. */
  reactions: Map<string, { event_id: string; wa_id: string }>
  reactionEvents: Map<string, { portal: string; target: string; sender: string }>
  pending: Map<string, JsonObject>
  handled: Set<string>
  commit: (row: Row) => void
  close: () => void
}

/** Opens the bridge's database on its journal, or in memory only. What is still under way when it is closed is done again at the next start. */
export function openStore(path: string | undefined): Store {
  let open = true
  const store: Store = {
    users: new Map(),
    logins: new Map(),
    portals: new Map(),
    portalsByRoom: new Map(),
    ghosts: new Map(),
    byWaId: new Map(),
    byEvent: new Map(),
    reactions: new Map(),
    reactionEvents: new Map(),
    pending: new Map(),
    handled: new Set(),
    commit(row) {
      if (open) journal?.append(row)
      apply(store, row)
    },
    close() {
      if (open) journal?.close()
      open = false
    },
  }
  const journal = path === undefined ? undefined : openJournal(path, (row) => apply(store, row as Row))
  return store
}

/** Key of a message within a portal. */
export function waKey(portal: string, waId: string): string {
  return `${portal} ${waId}`
}

/** Key of somebody's reaction to a message. */
export function reactionKey(portal: string, target: string, sender: string): string {
  return `${portal} ${target} ${sender}`
}

function apply(store: Store, row: Row): void {
  switch (row.t) {
    case 'user':
      store.users.set(row.mxid, { mxid: row.mxid, ...(row.management_room === undefined ? {} : { management_room: row.management_room }) })
      return
    case 'login':
      store.logins.set(row.login.id, row.login)
      return
    case 'login_gone':
      store.logins.delete(row.id)
      return
    case 'portal': {
      const before = store.portals.get(row.portal.key)
      if (before !== undefined && before.room_id !== row.portal.room_id) store.portalsByRoom.delete(before.room_id)
      store.portals.set(row.portal.key, row.portal)
      store.portalsByRoom.set(row.portal.room_id, row.portal)
      return
    }
    case 'portal_gone':
      forgetPortal(store, row.key)
      return
    case 'messages_moved':
      moveMessages(store, row.from, row.to)
      return
    case 'ghost':
      store.ghosts.set(row.id, { name: row.name, tel: row.tel, ...(row.avatar === undefined ? {} : { avatar: row.avatar }) })
      return
    case 'message':
      store.byWaId.set(waKey(row.known.portal, row.known.wa_id), row.known)
      store.byEvent.set(row.known.event_id, row.known)
      return
    case 'reaction':
      applyReaction(store, row)
      return
    case 'pending':
      store.pending.set(String(row.event['event_id']), row.event)
      return
    case 'handled':
      store.pending.delete(row.event_id)
      store.handled.add(row.event_id)
      return
  }
}

/** Its room may be another portal's by now. */
function forgetPortal(store: Store, key: string): void {
  const roomId = store.portals.get(key)?.room_id ?? ''
  if (store.portalsByRoom.get(roomId)?.key === key) store.portalsByRoom.delete(roomId)
  store.portals.delete(key)
}

function applyReaction(store: Store, row: Extract<Row, { t: 'reaction' }>): void {
  const key = reactionKey(row.portal, row.target, row.sender)
  const before = store.reactions.get(key)
  if (before !== undefined) store.reactionEvents.delete(before.event_id)
  store.reactions.delete(key)
  if (row.event_id === undefined) return
  store.reactions.set(key, { event_id: row.event_id, wa_id: row.wa_id ?? '' })
  store.reactionEvents.set(row.event_id, { portal: row.portal, target: row.target, sender: row.sender })
}

/** What was known in one portal is known in another from now on. */
function moveMessages(store: Store, from: string, to: string): void {
  for (const known of Array.from(store.byEvent.values())) {
    if (known.portal !== from) continue
    const moved = { ...known, portal: to }
    store.byWaId.delete(waKey(from, known.wa_id))
    store.byWaId.set(waKey(to, known.wa_id), moved)
    store.byEvent.set(known.event_id, moved)
  }
  for (const [eventId, reaction] of Array.from(store.reactionEvents)) {
    if (reaction.portal !== from) continue
    const key = reactionKey(from, reaction.target, reaction.sender)
    const last = store.reactions.get(key)
    store.reactions.delete(key)
    if (last !== undefined) store.reactions.set(reactionKey(to, reaction.target, reaction.sender), last)
    store.reactionEvents.set(eventId, { ...reaction, portal: to })
  }
}
