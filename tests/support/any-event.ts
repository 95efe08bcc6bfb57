import fc from 'fast-check'
import { bot, bridgeInfo, directState, event, login, me, olena, roomId, state } from '../../server/providers/matrix/testing.ts'

/** What tests that mutate events share: one whole event of every kind, and what may happen to it. */
const mxc = 'mxc://x.org/AbC'
const info = { mimetype: 'image/jpeg', size: 10, w: 4, h: 3, duration: 5, 'fi.mau.gif': true }
const text = (more: object = {}) => event({ msgtype: 'm.text', body: 'hi', 'm.mentions': { user_ids: [olena] }, ...more })
const relation = (type: string, target: string, more: object = {}) => ({ 'm.relates_to': { rel_type: type, event_id: target, ...more } })
const poll = {
  msgtype: 'm.text',
  body: 'Tea?',
  'org.matrix.msc3381.poll.start': {
    kind: 'org.matrix.msc3381.poll.disclosed',
    max_selections: 1,
    question: { 'org.matrix.msc1767.text': 'Tea?' },
    answers: [{ id: 'a', 'org.matrix.msc1767.text': 'yes' }],
  },
}
const html = `<p data-mx-forwarded-notice>x</p><p><b>a</b> <a href="https://matrix.to/#/${olena}">Olena</a><ul><li>x</li></ul></p>`

const messages = [
  text(),
  text({ format: 'org.matrix.custom.html', formatted_body: html }),
  text(relation('m.thread', '$q', { 'm.in_reply_to': { event_id: '$q' } })),
  text({ 'fi.mau.whatsapp.invite': { group_name: 'Club', expiration: '1790000000' } }),
  text({ 'fi.mau.whatsapp.business_message_type': 'list' }),
  text({ 'fi.mau.whatsapp.list_reply': { row_id: '1' } }),
  text({ 'com.beeper.action_message': { type: 'call', call_type: 'voice' } }),
  text({ 'com.beeper.action_message': { type: 'disappearing_timer', timer: 1000 } }),
  ...['m.image', 'm.video', 'm.audio', 'm.file'].map((msgtype) => event({ msgtype, url: mxc, filename: 'a', body: 'b', info })),
  event({
    msgtype: 'm.audio',
    url: mxc,
    body: '',
    'org.matrix.msc3245.voice': {},
    'org.matrix.msc1767.audio': { duration: 1, waveform: [1, 2] },
  }),
  event({ url: mxc, body: '🙂', info }, { type: 'm.sticker' }),
  event({ msgtype: 'm.location', geo_uri: 'geo:50.45,30.52', body: 'Location: x\ny' }),
  event({ msgtype: 'm.notice', body: 'Sent an album', 'fi.mau.whatsapp.undecryptable': true }),
  event({ msgtype: 'm.notice', body: 'Old image', 'fi.mau.whatsapp.failed_media': { type_description: 'image' } }),
  event({ msgtype: 'm.notice', body: '?', 'fi.mau.whatsapp.unsupported_message_data': 'CgA=' }),
  event(poll, { event_id: '$poll' }),
  event({ algorithm: 'm.megolm' }, { type: 'm.room.encrypted' }),
  event({}, { type: 'com.example.new' }),
]
const relations = [
  event({ ...relation('m.annotation', '$m', { key: '👍' }) }, { type: 'm.reaction' }),
  event({ reason: 'Message disappeared' }, { type: 'm.room.redaction', redacts: '$m', sender: bot }),
  event(
    { ...relation('m.reference', '$poll'), 'org.matrix.msc3381.poll.response': { answers: ['a'] } },
    { type: 'org.matrix.msc3381.poll.response' },
  ),
  event(
    { ...relation('m.reference', '$m'), status: 'SUCCESS', delivered_to_users: [olena] },
    { type: 'com.beeper.message_send_status', sender: bot },
  ),
  text({ 'm.new_content': { msgtype: 'm.text', body: 'e' }, ...relation('m.replace', '$m'), 'com.beeper.dont_render_edited': true }),
]
const states = [
  ...directState,
  bridgeInfo({ id: '120363@g.us', 'fi.mau.receiver': login }, {}),
  state('m.room.avatar', { url: mxc }),
  state('m.room.tombstone', { replacement_room: '!next:x.org' }),
  state('com.beeper.disappearing_timer', { type: 'after_send', timer: 1000 }),
  state('com.beeper.room_features', { file: { 'm.image': { mime_types: { 'image/jpeg': 2 } } }, max_text_length: 10 }),
  state('m.room.member', { membership: 'leave', reason: 'Deleting portal' }, { key: me }),
  state('m.room.member', { membership: 'invite' }, { key: me }),
].map((each, index) => ({ ...each, room_id: roomId, event_id: `$s${index}` }))

const odd = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }),
  // What cannot become a text.
  fc.constantFrom({ toString: 1 }, [{ toString: null }]),
  fc.constantFrom('', '\0', '\ud800', '../../admin', '__proto__', 'x'.repeat(300), 1e308, -1, 2 ** 53, bot, me, olena, '$m', mxc),
)

/** An event of a chat, of any kind, changed in up to four places; now and then something that is no event at all. */
export const anyEvent: fc.Arbitrary<unknown> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc
      .tuple(fc.constantFrom<object>(...messages, ...relations, ...states), fc.array(fc.tuple(fc.nat(), odd), { maxLength: 4 }))
      .map(([base, changes]) => {
        const copy = structuredClone(base) as Record<string, unknown>
        for (const [where, value] of changes) change(copy, where, value)
        return copy
      }),
  },
  { weight: 1, arbitrary: fc.jsonValue() },
)

/** Puts a value somewhere into an object: which member at which depth is told by a number. */
function change(target: Record<string, unknown>, where: number, value: unknown): void {
  const keys = Object.keys(target)
  const key = keys[where % Math.max(keys.length, 1)]
  if (key === undefined) return
  const inner = target[key]
  if (typeof inner === 'object' && inner !== null && !Array.isArray(inner) && where % 3 !== 0)
    return change(inner as Record<string, unknown>, where >> 2, value)
  if (where % 5 === 0) delete target[key]
  // A copy: another change may change it in its turn.
  else target[key] = structuredClone(value)
}
