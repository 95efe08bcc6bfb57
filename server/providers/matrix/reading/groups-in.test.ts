import { expect, test } from 'vitest'
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

const ihor = '@whatsapp_380509876543:x.org'
const own = `@whatsapp_${login}:x.org`
const picture = 'mxc://x.org/Face'
const inRoom = (raw: object, more: object = {}) => ({ ...raw, room_id: roomId, ...more })
const member = (user: string, content: object, more: object = {}) =>
  inRoom(state('m.room.member', { membership: 'join', ...content }, { key: user, sender: user }), more)
const groupState = [
  state('m.room.create', {}),
  bridgeInfo({ id: '120363@g.us', 'fi.mau.receiver': login }, {}),
  state('m.room.name', { name: 'Delivery' }),
  state('m.room.avatar', { url: 'mxc://x.org/Group' }),
  state('com.beeper.disappearing_timer', { type: 'after_send', timer: 86_400_000 }),
  ...[me, own, olena, ihor].map((user) =>
    state('m.room.member', { membership: 'join', displayname: user.slice(1, 12) }, { key: user, sender: user }),
  ),
]
const groupFacts = () => after(linked, inspected(groupState))

test('a group is told with its people, its picture and its timer, and without us', () => {
  const { items } = read(inspected(groupState), new Map(Object.entries(linked)))
  expect(items).toMatchObject([
    {
      type: 'conversation',
      kind: 'group',
      name: 'Delivery',
      picture: { url: 'mxc://x.org/Group' },
      disappearingSeconds: 86_400,
      members: [{ id: olena }, { id: ihor, phone: '+380509876543' }],
    },
  ])
  const waiting = read(inspected(groupState), new Map())
  const raws = waiting.items.map((item) => (item.type === 'deferred' ? item.raw : null))
  const later = read({ stream: 'deferred', key: 'd', body: JSON.stringify(raws) }, after({}, inspected(groupState)))
  expect(later.items).toMatchObject([{ type: 'deferred' }])
  const known = new Map([...after({}, inspected(groupState)), ...Object.entries(linked)])
  expect(read({ stream: 'deferred', key: 'd', body: JSON.stringify(raws) }, known).items).toMatchObject([
    { type: 'conversation', members: [{ id: olena }, { id: ihor }] },
  ])
})

test('who comes into a group and who leaves it is told; a new face of somebody in it is no coming', () => {
  const facts = groupFacts()
  const items = (raw: unknown) => read(pushed(raw), facts).items
  const newcomer = '@whatsapp_380670000000:x.org'
  expect(items(member(newcomer, { displayname: 'New' }))).toMatchObject([
    { type: 'member', person: { id: newcomer, displayName: 'New' }, joined: true },
  ])
  expect(items(member(ihor, { membership: 'leave' }))).toMatchObject([{ type: 'member', person: { id: ihor }, joined: false }])
  const before = { unsigned: { prev_content: { membership: 'join' } } }
  expect(items(member(ihor, { displayname: ihor.slice(1, 12), avatar_url: picture }, before))).toMatchObject([
    { type: 'contact', channel: login, contact: { id: ihor, picture: { url: picture } } },
  ])
  expect(items(member(own, { displayname: 'Us' }))).toEqual([{ type: 'ignored', networkType: 'm.room.member' }])
  expect(read(pushed(member(newcomer, {})), chatFacts()).items).toEqual([{ type: 'ignored', networkType: 'm.room.member' }])
})

test('a changed picture or timer of a group tells the chat, once', () => {
  const facts = groupFacts()
  const avatar = inRoom(state('m.room.avatar', { url: 'mxc://x.org/Other' }))
  expect(read(pushed(avatar, avatar), facts).items).toMatchObject([
    { type: 'conversation', picture: { url: 'mxc://x.org/Other' } },
    { type: 'ignored', networkType: 'm.room.avatar' },
  ])
  expect(read(pushed(inRoom(state('m.room.avatar', { url: 'https://evil.example/x' }))), facts).items).toMatchObject([{ picture: null }])
  const off = inRoom(state('com.beeper.disappearing_timer', {}))
  expect(read(pushed(off, off), facts).items).toMatchObject([{ type: 'conversation', disappearingSeconds: 0 }, { type: 'ignored' }])
})

test.each([
  ['deleted on the phone', { reason: 'Deleting portal' }, bot, 'deleted_on_phone'],
  ['left', {}, me, 'left'],
])('a chat that was %s is told as gone, and as here again when it comes back', (_, content, sender, why) => {
  const leave = inRoom(state('m.room.member', { membership: 'leave', ...content }, { key: me, sender }))
  const { items, facts: learnt } = read(pushed(leave, leave), chatFacts())
  expect(items).toMatchObject([
    { type: 'conversation', conversation: roomId, gone: { why, at: new Date(birth).toISOString() } },
    { type: 'ignored', networkType: 'm.room.member' },
  ])
  const known = new Map([...chatFacts(), ...learnt.map(({ key, value }) => [key, value] as const)])
  const [back] = read(inspected(directState), known).items
  expect(back).toMatchObject({ type: 'conversation' })
  expect(back).not.toHaveProperty('gone')
})

test('a re-keyed or merged room says that its contact is the same person', () => {
  const byPhone = '@whatsapp_380671234567:x.org'
  const phoneState = [
    state('m.room.create', {}),
    bridgeInfo({ id: '380671234567@s.whatsapp.net', 'fi.mau.receiver': login }),
    state('m.room.member', { membership: 'join' }, { key: byPhone, sender: byPhone }),
  ]
  const rekeyed = read(inspected(directState), after(linked, inspected(phoneState)))
  expect(rekeyed.items).toMatchObject([{ type: 'conversation', contact: { id: olena, formerly: byPhone } }])
  const merged = read(inspected(directState, '!next:x.org', { replaces: roomId }), after(linked, inspected(phoneState)))
  expect(merged.items).toMatchObject([{ conversation: '!next:x.org', replaces: roomId, contact: { id: olena, formerly: byPhone } }])
  const again = read(inspected(directState), chatFacts())
  expect(again.items[0]).not.toHaveProperty('contact.formerly')
})

test('posts of WhatsApp channels, statuses, broadcast lists and communities are no chats', () => {
  for (const [id, why] of [
    ['1@newsletter', 'newsletter'],
    ['status@broadcast', 'status'],
    ['1@broadcast', 'broadcast_list'],
  ] as const) {
    const facts = after(linked, inspected([state('m.room.create', {}), bridgeInfo({ id, 'fi.mau.receiver': login }, {})]))
    expect(read(pushed(event({ msgtype: 'm.text', body: 'x' }, { sender: bot })), facts).items).toEqual([
      { type: 'ignored', networkType: `room.${why}` },
    ])
  }
})
