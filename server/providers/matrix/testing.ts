import type { Facts, Json, Parsed, RawBatch } from '../provider.ts'
import { type MatrixConfig, matrixDefaults } from './config.ts'
import { accountKey, loginKey } from './reading/facts.ts'
import { factKeys, parse } from './reading/parse.ts'

/** What tests of the mapping share: a config, a chat, and the events of bridge and people. */
export const config: MatrixConfig = {
  ...matrixDefaults,
  homeserverUrl: 'http://127.0.0.1:8008',
  serverName: 'x.org',
  botUserId: '@whatsappbot:x.org',
}

export const bot = config.botUserId
export const me = '@crm_7:x.org'
export const olena = '@whatsapp_lid-111222333444:x.org'
export const login = '380501110001'
export const roomId = '!chat:x.org'
export const birth = Date.parse('2026-11-01T12:00:00Z')
export const linked: Readonly<Record<string, Json>> = {
  [loginKey(login)]: { account: me, since: birth },
  [accountKey(me)]: { logins: [login] },
}

/** A state event as the bridge's bot sets it. */
export function state(type: string, content: object, more: { key?: string; sender?: string; at?: number } = {}) {
  return { type, state_key: more.key ?? '', sender: more.sender ?? bot, content, origin_server_ts: more.at ?? birth, event_id: `$${type}` }
}

export function bridgeInfo(channel: object, rest: object = { 'com.beeper.room_type.v2': 'dm' }) {
  return state('m.bridge', { bridgebot: bot, protocol: { id: 'whatsapp' }, channel, ...rest }, { key: 'x.org/whatsapp' })
}

/** The state of a direct chat with Olena. */
export const directState = [
  state('m.room.create', {}),
  bridgeInfo({ id: '111222333444@lid', 'fi.mau.receiver': login }),
  state('m.room.name', { name: 'Olena [+380671234567]', 'fi.mau.implicit_name': true }),
  state('m.room.member', { membership: 'join' }, { key: me, sender: me }),
  state('m.room.member', { membership: 'join', displayname: 'Olena [+380671234567]' }, { key: olena, sender: olena }),
  state('io.element.functional_members', { service_members: [bot, '@whatsapp_lid-999888777666:x.org'] }),
]

/** A timeline event; `content` of an `m.room.message` unless the rest says otherwise. */
export function event(content: object, more: object = {}) {
  return { type: 'm.room.message', room_id: roomId, sender: olena, event_id: '$event', origin_server_ts: birth + 1_000, content, ...more }
}

export function pushed(...events: readonly unknown[]): RawBatch {
  return { stream: 'push', key: 'k', body: JSON.stringify({ events }) }
}

export function inspected(events: readonly unknown[], room = roomId, more: object = {}): RawBatch {
  return { stream: `room:${room}`, key: 'k', body: JSON.stringify({ account: me, state: events, ...more }) }
}

/** Reads a batch as an inbox does: with exactly the facts that were asked for. */
export function read(batch: RawBatch, stored: ReadonlyMap<string, Json>): Parsed {
  const facts = new Map<string, Json>()
  for (let asked = -1; asked !== facts.size;) {
    asked = facts.size
    for (const key of factKeys(config, batch, facts)) {
      const value = stored.get(key)
      if (value !== undefined) facts.set(key, value)
    }
  }
  return parse(config, batch, facts)
}

/** The facts after these batches. */
export function after(stored: Readonly<Record<string, Json>>, ...batches: readonly RawBatch[]): Map<string, Json> {
  const facts = new Map(Object.entries(stored))
  for (const batch of batches) for (const { key, value } of read(batch, facts).facts) facts.set(key, value)
  return facts
}

/** The facts when the direct chat with Olena is known and its number attached. */
export function chatFacts(): Facts {
  return after(linked, inspected(directState))
}
