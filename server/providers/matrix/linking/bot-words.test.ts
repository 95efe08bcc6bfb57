import { expect, test } from 'vitest'
import { readLogins, readTalk, readVersion, reasonIn } from './bot-words.ts'
import { withoutLoginCodes } from './login-codes.ts'
import { bot, me } from '../testing.ts'

const said = (content: object, more: object = {}) => ({ type: 'm.room.message', sender: bot, event_id: '$said', content, ...more })
const notice = (body: string, more: object = {}) => said({ msgtype: 'm.notice', body, ...more })
const qr = (body: string) => ({ msgtype: 'm.image', body, filename: 'qr.png', url: 'mxc://x.org/1' })
const image = said(qr('2@first'), { event_id: '$image', unsigned: { age: 40 } })
const edit = (body: string) =>
  said(
    { ...qr('2@outer'), 'm.new_content': qr(body), 'm.relates_to': { rel_type: 'm.replace', event_id: '$image' } },
    { unsigned: { age: 7 } },
  )
const redaction = { type: 'm.room.redaction', sender: bot, event_id: '$gone', redacts: '$image', content: {} }
const scan = notice('Scan the QR code with the WhatsApp mobile app to log in')
const code = notice('ABCD-1234', { formatted_body: '<code>ABCD-1234</code>' })
const report = notice('State update for `+380501234567`', { 'fi.mau.bridge_state': { state_event: 'UNKNOWN_ERROR' } })
const list = notice('\n* `380501234567` (+380501234567) - `CONNECTED`')

test.each<[what: string, events: readonly object[], talk: object]>([
  ['nothing', [], { state: 'silent' }],
  ['a report and a list are not about the login', [report, list], { state: 'silent' }],
  ['somebody else’s picture', [{ ...image, sender: me }], { state: 'silent' }],
  ['words before the picture', [scan], { state: 'said' }],
  ['a QR', [scan, image], { state: 'qr', data: '2@first', number: 1, ageMs: 40 }],
  [
    'its edits, each with its words again',
    [scan, image, scan, edit('2@second'), scan, edit('2@third')],
    { state: 'qr', data: '2@third', number: 3, ageMs: 7 },
  ],
  [
    'the end, with its reason',
    [scan, image, redaction, report, notice('Login failed: timed out')],
    { state: 'ended', words: 'Login failed: timed out' },
  ],
  ['the end, of a picture that was gone before we looked', [scan, { ...image, content: {} }, redaction], { state: 'ended', words: '' }],
  ['a code', [notice('Input the pairing code'), code], { state: 'code', data: 'ABCD-1234', ageMs: 0 }],
  ['a code, while somebody asks for the list', [code, list, report], { state: 'code' }],
  ['a code and its end', [code, notice('Successfully logged in as +380501234567')], { state: 'ended' }],
  ['a chat that is encrypted', [{ type: 'm.room.encrypted', sender: bot, content: {} }], { state: 'encrypted' }],
])('the chat shows %s', (_what, events, talk) => {
  expect(readTalk(events as never, bot)).toMatchObject(talk)
})

test('the list of numbers is read by its form; what is no list is none', () => {
  expect(readLogins(list)).toEqual([{ external: '380501234567', phone: '+380501234567', name: '+380501234567', status: 'connected' }])
  const two = notice('* `380501234567` (+380501234567) - `BAD_CREDENTIALS`\n* `380671234567` (+380671234567) - ``')
  expect(readLogins(two)).toMatchObject([{ status: 'logged_out' }, { external: '380671234567', status: 'connecting' }])
  expect(readLogins(notice("You're not logged in"))).toEqual([])
  for (const other of [scan, code, notice('Unknown command, use the `help` command for help.'), notice('Logged out')])
    expect(readLogins(other)).toBeUndefined()
})

test('versions and reasons', () => {
  expect(readVersion(notice('[mautrix-whatsapp](https://github.com/mautrix/whatsapp) v26.08'))).toEqual({
    version: 'v26.08',
    legacy: false,
  })
  expect(readVersion(notice('mautrix-whatsapp v0.12.5 (Aug 2025)'))).toMatchObject({ legacy: false })
  expect(readVersion(notice('[mautrix-whatsapp](https://x) v0.10.9'))).toEqual({ version: 'v0.10', legacy: true })
  expect(readVersion(scan)).toBeUndefined()
  expect(reasonIn('You do not have permissions to log into this bridge.')).toBe('bridge_forbidden')
  expect(reasonIn('Login failed: something that nobody has seen before')).toBe('bridge_error')
})

test('what a phone could be taken over by is taken out of what is kept, and nothing else', () => {
  const config = { botUserId: bot }
  const others = [{ ...image, sender: me }, scan, list, said({ msgtype: 'm.text', body: 'x', formatted_body: '<code>x</code>' })]
  const aggregated = { ...image, unsigned: { 'm.relations': { 'm.replace': edit('2@bundled') } } }
  const body = JSON.stringify({ events: [aggregated, edit('2@second'), code, ...others] })
  const kept = withoutLoginCodes(config, body)
  expect(kept).not.toMatch(/2@(?!first)|ABCD/)
  const { events } = JSON.parse(kept) as { events: { event_id: string; content: { body: string } }[] }
  expect(events.slice(0, 3).map(({ content }) => content.body)).toEqual(['', '', ''])
  expect(events.slice(3)).toEqual(others)
  const plain = JSON.stringify({ events: others.slice(1, 3) })
  expect(withoutLoginCodes(config, plain)).toBe(plain)
})
