import { expect, test } from 'vitest'
import type { Json, RawBatch } from '../../provider.ts'
import {
  after,
  birth,
  bot,
  bridgeInfo,
  chatFacts,
  directState,
  event,
  inspected,
  linked,
  login,
  me,
  olena,
  pushed,
  read,
  roomId,
  state,
} from '../testing.ts'

const text = (body: string, more: object = {}) => event({ msgtype: 'm.text', body }, more)
const deferred = (raws: readonly Json[]): RawBatch => ({ stream: 'deferred', key: 'd', body: JSON.stringify(raws) })

test('one bad event is dead, its neighbours are read, and it can be read again', () => {
  const batch = pushed(
    text('one', { event_id: '$1' }),
    text('bad', { origin_server_ts: 'yesterday' }),
    7,
    { room_id: roomId },
    text('two', { event_id: '$2' }),
  )
  const { items } = read(batch, chatFacts())
  expect(items.map((item) => item.type)).toEqual(['message', 'dead', 'dead', 'dead', 'message'])
  const [, dead] = items
  const again = read(deferred(dead?.type === 'dead' ? [dead.raw] : []), chatFacts())
  expect(again.items).toMatchObject([{ type: 'dead', error: 'The event has no time' }])
})

test('what is no JSON, or JSON of another kind, is one dead item', () => {
  for (const body of ['', '{', '[]', '"x"', 'null', '<html>']) {
    expect(read({ stream: 'push', key: 'k', body }, new Map()).items.map((item) => item.type)).toEqual(['dead'])
  }
})

test('an event waits for its room, then for the number of its room, and is read in the end', () => {
  const first = read(pushed(text('early')), new Map())
  expect(first.items).toMatchObject([{ type: 'deferred', waitsFor: `room:${roomId}` }])
  const room = after({}, inspected(directState))
  const inspection = read(inspected(directState), new Map())
  expect(inspection.resolved).toEqual([`room:${roomId}`])
  expect(inspection.items).toMatchObject([{ type: 'deferred', waitsFor: `login:${login}` }])

  const raws = [...inspection.items, ...first.items].map((item) => (item.type === 'deferred' ? item.raw : null))
  expect(read(deferred(raws), room).items).toMatchObject([
    { type: 'deferred', waitsFor: `login:${login}` },
    { type: 'deferred', waitsFor: `login:${login}` },
  ])
  const attached = new Map([...room, ...Object.entries(linked)])
  expect(read(deferred(raws), attached).items).toMatchObject([
    {
      type: 'conversation',
      conversation: roomId,
      channel: login,
      kind: 'direct',
      name: 'Olena',
      contact: { id: olena, phone: '+380671234567' },
    },
    { type: 'message', content: { text: 'early' } },
  ])
})

test('rooms that are no chats are known and left alone', () => {
  const cases: readonly (readonly [string, readonly object[]])[] = [
    ['undeclared', [state('m.room.create', {}), state('m.room.member', { membership: 'join' }, { key: bot })]],
    ['undeclared', [bridgeInfo({ id: '1@lid' }), state('m.room.create', {})].map((each) => ({ ...each, sender: '@eve:x.org' }))],
    ['space', [bridgeInfo({ id: '__personal_filtering_space__' }, {})]],
    ['space', [bridgeInfo({ id: '1@g.us' }, { 'com.beeper.room_type.v2': 'space' })]],
    ['status', [bridgeInfo({ id: 'status@broadcast', 'fi.mau.receiver': login }, {})]],
  ]
  for (const [why, states] of cases) {
    const facts = after(linked, inspected(states))
    expect(read(pushed(text('secret')), facts).items).toEqual([{ type: 'ignored', networkType: `room.${why}` }])
  }
})

test('a room that the bridge declares late is read anew, with all that was said in it', () => {
  const facts = after(linked, inspected([state('m.room.create', {})]))
  const info = { ...bridgeInfo({ id: '111222333444@lid', 'fi.mau.receiver': login }), room_id: roomId }
  expect(read(pushed(info), facts).tasks).toMatchObject([{ kind: 'inspect_room', account: me, payload: { room: roomId, history: true } }])
  const same = read(pushed(info), chatFacts())
  expect([same.tasks, same.items]).toEqual([[], [{ type: 'ignored', networkType: 'm.bridge' }]])
})

test('a group without a number of its own belongs to the account that is in it, and stays there', () => {
  const group = [bridgeInfo({ id: '120363@g.us' }, {}), state('m.room.name', { name: 'Delivery' }), state('m.room.create', {})]
  const found = read(inspected(group), new Map(Object.entries(linked)))
  expect(found.items).toMatchObject([{ type: 'conversation', kind: 'group', name: 'Delivery', channel: login }])
  const facts = after(linked, inspected(group))
  facts.set(`account:${me}`, { logins: ['100', login] })
  expect(read(pushed(text('x')), facts).items).toMatchObject([{ type: 'message', channel: login }])
  expect(read(inspected(group), new Map()).items).toMatchObject([{ type: 'deferred', waitsFor: `account:${me}` }])
})

test('a chat that was deleted and comes back in a new room takes the place of the old one, never the other way', () => {
  const facts = after(linked, inspected(directState))
  const later = directState.map((each) => (each.type === 'm.room.create' ? { ...each, origin_server_ts: birth + 5_000 } : each))
  const next = read(inspected(later, '!new:x.org'), facts)
  expect(next.items).toMatchObject([{ type: 'conversation', conversation: '!new:x.org', replaces: roomId }])
  for (const { key, value } of next.facts) facts.set(key, value)
  expect(read(inspected(directState), facts).items[0]).not.toHaveProperty('replaces')
})

test('a merged room leads to its successor', () => {
  const tomb = { ...state('m.room.tombstone', { replacement_room: '!next:x.org' }), room_id: roomId }
  expect(read(pushed(tomb), chatFacts()).tasks).toMatchObject([
    { kind: 'join_room', account: me, payload: { room: '!next:x.org', replaces: roomId } },
  ])
  const merged = read(inspected(directState, '!next:x.org', { replaces: roomId }), new Map(Object.entries(linked)))
  expect(merged.items).toMatchObject([{ type: 'conversation', replaces: roomId }])
})

test('invites of the bridge are followed, others are not; our own join asks for the room once', () => {
  const member = (membership: string, sender: string) => ({
    ...state('m.room.member', { membership }, { key: me, sender }),
    room_id: roomId,
  })
  expect(read(pushed(member('invite', bot)), new Map()).tasks).toMatchObject([
    { kind: 'join_room', account: me, payload: { room: roomId } },
  ])
  expect(read(pushed(member('invite', olena)), new Map()).tasks).toHaveLength(1)
  const foreign = read(pushed(member('invite', '@eve:x.org')), new Map())
  expect([foreign.tasks, foreign.items]).toEqual([[], [{ type: 'ignored', networkType: 'foreign_invite' }]])
  const joined = read(pushed(member('join', me), member('join', me)), new Map())
  expect(joined.tasks).toMatchObject([{ kind: 'inspect_room', payload: { room: roomId, history: true } }])
  expect(read(pushed(member('join', me)), chatFacts()).tasks).toEqual([])
  const left = after(Object.fromEntries(chatFacts()), pushed(member('leave', me)))
  expect(read(pushed(member('join', me)), left).tasks).toHaveLength(1)
})

test('a sync tells rooms, invites, gaps and what is in them', () => {
  const gone = { ...state('m.room.member', { membership: 'invite' }, { key: me }) }
  const response = {
    rooms: {
      join: {
        [roomId]: {
          timeline: { limited: true, prev_batch: 'p1', events: [text('late', { event_id: '$late' })] },
          ephemeral: { events: [] },
        },
        '!other:x.org': {},
      },
      invite: { '!invited:x.org': { invite_state: { events: [gone] } } },
    },
  }
  const batch: RawBatch = { stream: `sync:${me}`, key: 'k', body: JSON.stringify({ since: 's1', response }) }
  const parsed = read(batch, chatFacts())
  expect(parsed.items).toMatchObject([
    { type: 'ignored', networkType: 'invite' },
    { type: 'message', content: { text: 'late' } },
  ])
  expect(parsed.tasks).toMatchObject([
    { kind: 'join_room', payload: { room: '!invited:x.org' } },
    { kind: 'fill_gap', account: me, payload: { room: roomId, from: 'p1', to: 's1', next: '$late' } },
    { kind: 'inspect_room', payload: { room: '!other:x.org' } },
  ])
  const first: RawBatch = { stream: `sync:${me}`, key: 'k', body: JSON.stringify({ joined_rooms: [roomId, '!other:x.org'] }) }
  expect(read(first, chatFacts()).tasks).toMatchObject([{ kind: 'inspect_room', payload: { room: '!other:x.org' } }])
})

test('history tells messages, and nothing of how the room is now', () => {
  const left = state('m.room.member', { membership: 'leave' }, { key: me })
  const page: RawBatch = {
    stream: `room:${roomId}`,
    key: 'k',
    body: JSON.stringify({ account: me, chunk: [left, state('m.room.name', { name: 'Old' }), text('said')] }),
  }
  const parsed = read(page, chatFacts())
  expect(parsed.items.map((item) => item.type)).toEqual(['ignored', 'ignored', 'message'])
  expect([parsed.facts, parsed.tasks]).toEqual([[], []])
})

test('each message is told which one of its time follows it, and the last of a page which one follows the page', () => {
  const edit = { 'm.relates_to': { rel_type: 'm.replace', event_id: '$1' }, 'm.new_content': { msgtype: 'm.text', body: 'x' } }
  const events = [
    text('one', { event_id: '$1' }),
    text('elsewhere', { event_id: '$9', room_id: '!other:x.org' }),
    event({ msgtype: 'm.text', body: '* x', ...edit }, { event_id: '$e' }),
    text('ours, by our own clock', { event_id: '$o', sender: me, origin_server_ts: birth + 1_300 }),
    text('two', { event_id: '$2' }),
  ]
  const nextOf = (batch: RawBatch) =>
    read(batch, chatFacts()).items.map((item) => (item.type === 'message' ? (item.next ?? null) : item.type))
  expect(nextOf(pushed(...events))).toEqual(['$2', 'deferred', 'edit', null, null])
  const chunk = events.filter((one) => !('room_id' in one && one.room_id === '!other:x.org'))
  const page: RawBatch = { stream: `room:${roomId}`, key: 'k', body: JSON.stringify({ account: me, chunk, next: '$3' }) }
  expect(nextOf(page)).toEqual(['$2', 'edit', '$3', '$3'])
})

test('a new name of somebody whom we know is told once', () => {
  const renamed = {
    ...state('m.room.member', { membership: 'join', displayname: 'Olena K. (+380 67 123 45 67)' }, { key: olena, sender: olena }),
    room_id: roomId,
  }
  const { items } = read(pushed(renamed, renamed), chatFacts())
  expect(items).toMatchObject([
    { type: 'contact', channel: login, contact: { id: olena, displayName: 'Olena K.', phone: '+380671234567' } },
    { type: 'ignored', networkType: 'm.room.member' },
  ])
})

test('states of numbers that are ours', () => {
  const report = (body: object) => read({ stream: 'bridge', key: 'k', body: JSON.stringify(body) }, chatFacts()).items
  const body = { state_event: 'BAD_CREDENTIALS', error: 'wa-logged-out', timestamp: 1_790_000_000, remote_id: login }
  expect(report(body)).toMatchObject([
    { type: 'channel', channel: login, status: 'logged_out', at: new Date(1_790_000_000_000).toISOString() },
  ])
  expect(report({ ...body, remote_id: '100' })).toEqual([{ type: 'ignored', networkType: 'bridge_state' }])
  expect(report({ state_event: 'STARTING', timestamp: 1 })).toEqual([{ type: 'ignored', networkType: 'bridge_state' }])
  expect(report({ checkpoints: [{}, {}] })).toHaveLength(2)
  expect(report({ hello: 1 })).toMatchObject([{ type: 'dead' }])
})
