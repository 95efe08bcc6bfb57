import { expect, test } from 'vitest'
import { sampleVoice } from '../control/sample-voice.ts'
import { agent, at, bodyIs, event, type Json, list, olena, openRoom, shop, startWorld, text, until } from '../testing.ts'

const media = (msgtype: string, mimetype: string, more: Json = {}): Json => ({ msgtype, body: 'a', info: { mimetype }, ...more })
const poll = (...options: string[]): Json => ({
  'org.matrix.msc3381.poll.start': {
    max_selections: 1,
    question: { 'org.matrix.msc1767.text': 'When?' },
    answers: options.map((option, index) => ({ id: String(index), 'org.matrix.msc1767.text': option })),
  },
})
const numbered = (count: number) => Array.from({ length: count }, (_, index) => `option ${index}`)
const voice = { 'org.matrix.msc3245.voice': {} }
const unsupported = 'com.beeper.unsupported_event'

/** What protocol/bridge.md 5.2 says of the bridge's "no": the content, and the reason that it gives. */
const refused: readonly [what: string, content: Json, reason: string, type?: string][] = [
  ['a notice', { msgtype: 'm.notice', body: 'x' }, 'm.event_not_handled'],
  ['an image of a kind that nobody knows', media('m.image', 'image/tiff'), unsupported],
  ['a gif, without ffmpeg', media('m.image', 'image/gif'), unsupported],
  ['a video as browsers make it, without ffmpeg', media('m.video', 'video/webm'), unsupported],
  ['a video of QuickTime, without ffmpeg', media('m.video', 'video/quicktime'), unsupported],
  ['a recording as browsers make it', media('m.audio', 'audio/webm'), unsupported],
  ['a voice note as browsers make it', media('m.audio', 'audio/webm', voice), unsupported],
  ['a voice note that is no Opus', media('m.audio', 'audio/mpeg', voice), unsupported],
  ['a voice note that only says that it is Opus', media('m.audio', 'audio/ogg; codecs=opus', voice), unsupported],
  ['a sticker that moves', { body: 'a', info: { mimetype: 'video/mp4' } }, unsupported, 'm.sticker'],
  ['a place without coordinates', { msgtype: 'm.location', body: 'x', geo_uri: 'here' }, 'm.event_not_handled'],
  ['a poll of 13 options', poll(...numbered(13)), unsupported, 'org.matrix.msc3381.poll.start'],
  ['a poll with the same option twice', poll('a', 'a'), unsupported, 'org.matrix.msc3381.poll.start'],
  ['a poll with a long option', poll('a', 'x'.repeat(101)), unsupported, 'org.matrix.msc3381.poll.start'],
]

test('what WhatsApp or the bridge does not take, fails with the reason that the bridge gives', async () => {
  await using world = await startWorld()
  await world.link(shop)
  const { roomId } = await openRoom(world)
  const answer = await fetch(`${world.sandbox.homeserverUrl}/_matrix/media/v3/upload`, {
    method: 'POST',
    body: 'no sound at all',
    headers: { authorization: 'Bearer as_crm' },
  })
  const { content_uri: url } = (await answer.json()) as { content_uri: string }
  for (const [what, content, reason, type] of refused) {
    const eventId = await world.say(roomId, content['info'] === undefined ? content : { ...content, url }, type)
    expect((await statusOf(world, eventId))['content'], what).toMatchObject({ status: 'FAIL_RETRIABLE', reason })
  }
  const sent = list((await world.control('GET', '/ledger')).body, 'items').filter((line) => line['from'] === shop)
  expect(sent).toEqual([])
})

test('what is too old, or another’s, is neither edited nor taken back', async () => {
  await using world = await startWorld({ backfill: { enabled: true, maxInitialMessages: 50 } })
  const days = (count: number) => new Date(Date.now() - count * 86_400_000).toISOString()
  const messages = [
    { sent_at: days(3), text: 'three days ago', from_me: true },
    { sent_at: days(1), text: 'a day ago', from_me: true },
    { sent_at: days(1), text: 'the customer, a day ago' },
  ]
  await world.control('POST', `/phones/${shop}/history`, { chats: [{ with: olena, name: 'Olena', messages }] })
  await world.link(shop)
  const [oldest, yesterday, theirs] = await Promise.all(messages.map(async (message) => event(world, bodyIs(message.text))))
  const roomId = text(oldest, 'room_id')
  const edit = (target: unknown) => ({
    msgtype: 'm.text',
    body: '* x',
    'm.new_content': { msgtype: 'm.text', body: 'x' },
    'm.relates_to': { rel_type: 'm.replace', event_id: text(target, 'event_id') },
  })
  const redact = async (target: unknown) => {
    const place = `/rooms/${encodeURIComponent(roomId)}/redact/${encodeURIComponent(text(target, 'event_id'))}/${crypto.randomUUID()}`
    return text((await world.matrix('PUT', place, {})).body, 'event_id')
  }
  const tooOld = { status: 'FAIL_RETRIABLE', reason: unsupported, message: expect.stringContaining('too old') }
  expect((await statusOf(world, await world.say(roomId, edit(yesterday))))['content']).toMatchObject(tooOld)
  expect((await statusOf(world, await world.say(roomId, edit(theirs))))['content']).toMatchObject({ status: 'FAIL_RETRIABLE' })
  expect((await statusOf(world, await redact(oldest)))['content']).toMatchObject(tooOld)
  expect((await statusOf(world, await redact(yesterday)))['content']).toMatchObject({ status: 'SUCCESS' })
})

test('a voice note is one by its bytes; a command behind the quote of a reply is one, too', async () => {
  await using world = await startWorld()
  await world.link(shop)
  const { roomId, eventId } = await openRoom(world)
  const answer = await fetch(`${world.sandbox.homeserverUrl}/_matrix/media/v3/upload`, {
    method: 'POST',
    body: new Uint8Array(sampleVoice(200)),
    headers: { authorization: 'Bearer as_crm' },
  })
  const { content_uri: url } = (await answer.json()) as { content_uri: string }
  const note = await world.say(roomId, { ...media('m.audio', 'audio/ogg', voice), url })
  expect((await statusOf(world, note))['content']).toMatchObject({ status: 'SUCCESS' })
  const reply = { 'm.relates_to': { 'm.in_reply_to': { event_id: eventId } } }
  await world.say(roomId, { msgtype: 'm.text', body: `> <${agent}> hello\n\n!wa nonsense`, ...reply })
  await event(world, (each) => String((each['content'] as Json)['body']).startsWith('Unknown command'))
  const sent = list((await world.control('GET', '/ledger')).body, 'items').filter((line) => line['from'] === shop)
  expect(sent.map((line) => line['type'])).toEqual(['voice'])
})

function statusOf(world: Awaited<ReturnType<typeof startWorld>>, eventId: string): Promise<Json> {
  return until(async () =>
    (await world.events()).find(
      (each) => each['type'] === 'com.beeper.message_send_status' && at(each, 'content', 'm.relates_to', 'event_id') === eventId,
    ),
  )
}
