import { at, path } from '../matrix-http.ts'
import { waitFor } from '../wait.ts'
import { ours, type Script } from './script.ts'

/** People whom WhatsApp knew by number and knows by a hidden id later (protocol/bridge.md 4.5). */
export async function identity(script: Script): Promise<void> {
  await rekeyed(script)
  await merged(script)
}

async function rekeyed(script: Script): Promise<void> {
  const phone = '+380993334455'
  await script.phones.act(phone, '', { name: 'Марко', by_number: true })
  const before = await script.writes(phone, { to: ours, type: 'text', text: 'за номером' })
  script.note('by number', [before.event, await keysOf(script, before.room)])
  await script.phones.act(phone, 'readdress')
  const moved = async () => JSON.stringify(await keysOf(script, before.room)).includes('lid')
  await waitFor(moved, { what: 'the room to be re-keyed' })
  const after = await script.writes(phone, { to: ours, type: 'text', text: 'за прихованим іменем' })
  script.note('re-keyed', [after.room === before.room, after.event, await keysOf(script, after.room)])
}

async function merged(script: Script): Promise<void> {
  const phone = '+380994445566'
  await script.phones.act(phone, '', { name: 'Яна', by_number: true })
  const byNumber = await script.writes(phone, { to: ours, type: 'text', text: 'раз' })
  await script.phones.act(phone, '', { by_number: false, phone_hidden: true })
  const hidden = await script.writes(phone, { to: ours, type: 'text', text: 'два' })
  script.note('two rooms', [byNumber.room !== hidden.room, hidden.event, await keysOf(script, hidden.room)])
  await script.phones.act(phone, 'readdress')
  const tombstoneIn = async (room: string) => (await script.state(room)).find((event) => at(event, 'type') === 'm.room.tombstone')
  await waitFor(async () => (await tombstoneIn(byNumber.room)) ?? (await tombstoneIn(hidden.room)), { what: 'a tombstone' })
  const last = await script.writes(phone, { to: ours, type: 'text', text: 'три' })
  const entombed = (await tombstoneIn(byNumber.room)) === undefined ? hidden : byNumber
  const tombstone = await tombstoneIn(entombed.room)
  const botHasLeft = async () => JSON.stringify(await membersOf(script, entombed.room)).includes('whatsappbot:honest.test leave')
  await waitFor(botHasLeft, { what: 'the bot to leave the room that was merged' })
  script.note('merged', {
    entombed: entombed === byNumber ? 'by number' : 'hidden',
    leads: last.room !== entombed.room && at(tombstone, 'content', 'replacement_room') === last.room,
    sender: at(tombstone, 'sender'),
    content: { ...(at(tombstone, 'content') as object), body: undefined },
    last: last.event,
    keys: await keysOf(script, last.room),
    members: await membersOf(script, entombed.room),
  })
}

/** What both `m.bridge` events say a room is; a stranger's name comes at its own time, and nobody relies on it. */
async function keysOf(script: Script, room: string): Promise<unknown> {
  const found = (await script.state(room)).filter((event) => ['m.bridge', 'uk.half-shot.bridge'].includes(String(at(event, 'type'))))
  const keys = found.map((event) => ({
    type: at(event, 'type'),
    state_key: at(event, 'state_key'),
    channel: { ...(at(event, 'content', 'channel') as object), displayname: undefined },
  }))
  return keys.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
}

async function membersOf({ user }: Script, room: string): Promise<unknown> {
  const answer = await user.get(path`/_matrix/client/v3/rooms/${room}/members`)
  const chunk = at(answer.body, 'chunk')
  if (!Array.isArray(chunk)) return { status: answer.status }
  return chunk.map((event) => `${String(at(event, 'state_key'))} ${String(at(event, 'content', 'membership'))}`).toSorted()
}
