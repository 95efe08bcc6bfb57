import type { Bridge } from './bridge.ts'
import { path } from './homeserver.ts'
import { numberJid } from './ids.ts'
import type { JsonObject } from './json.ts'
import { bridgeInfo, ensurePortal, findPortal, joinRoom } from './portals.ts'
import type { Login, Portal } from './store.ts'

const reason = { reason: 'Migrating to LIDs' }

/** A person goes by the hidden id from now on: the chat's room is re-keyed, or merged into the one that is there already (protocol/bridge.md 4.5). */
export async function readdressPortal(bridge: Bridge, login: Login, peer: string): Promise<void> {
  const old = bridge.store.portals.get(`${login.id} ${numberJid(peer)}`)
  if (old === undefined) return
  const there = findPortal(bridge, login, { peer })
  if (there === undefined) await rekey(bridge, login, peer, old)
  else await merge(bridge, peer, old, there)
  await ensurePortal(bridge, login, { peer })
}

function oldGhost(bridge: Bridge, peer: string): string {
  return `@whatsapp_${peer}:${bridge.config.serverName}`
}

/** The room stays; its chat id changes, and one ghost takes the other's place. */
async function rekey(bridge: Bridge, login: Login, peer: string, old: Portal): Promise<void> {
  const { config, homeserver, ids, store } = bridge
  const moved: Portal = { ...old, key: `${login.id} ${ids.jid({ peer })}`, jid: ids.jid({ peer }) }
  const ghost = await bridge.ghosts.ensure(peer, login.id)
  await joinRoom(bridge, old.room_id, ghost, { as: ghost }, reason)
  await homeserver.call('POST', path`/_matrix/client/v3/rooms/${old.room_id}/leave`, { as: oldGhost(bridge, peer), body: reason })
  for (const type of ['m.bridge', 'uk.half-shot.bridge']) {
    const where = path`/_matrix/client/v3/rooms/${old.room_id}/state/${type}/${`${config.serverName}/whatsapp`}`
    await homeserver.call('PUT', where, { as: config.bot, body: bridgeInfo(config, login, moved) })
  }
  store.commit({ t: 'portal', portal: moved })
  store.commit({ t: 'messages_moved', from: old.key, to: moved.key })
  store.commit({ t: 'portal_gone', key: old.key })
}

/** The old room points to the other one; ghost and bot leave it. */
async function merge(bridge: Bridge, peer: string, old: Portal, there: Portal): Promise<void> {
  const { config, homeserver, store } = bridge
  const tombstone: JsonObject = { body: 'This room has been merged into another room', replacement_room: there.room_id }
  await homeserver.call('PUT', path`/_matrix/client/v3/rooms/${old.room_id}/state/m.room.tombstone/`, { as: config.bot, body: tombstone })
  for (const as of [oldGhost(bridge, peer), config.bot]) {
    await homeserver.call('POST', path`/_matrix/client/v3/rooms/${old.room_id}/leave`, { as, body: {} })
  }
  store.commit({ t: 'messages_moved', from: old.key, to: there.key })
  store.commit({ t: 'portal_gone', key: old.key })
}
