import { chatOf } from '../phone/network-state.ts'
import { noteBridged } from '../phone/linking.ts'
import type { Chat, DeviceEvent, Media, PassingEvent, WaContent, WaMessage } from '../phone/types.ts'
import type { Bridge } from './bridge.ts'
import { timerContent } from './convert-rare.ts'
import { bringBroadcast } from './broadcasts.ts'
import { convert, pollOptionId, textContent, type Shown } from './convert.ts'
import { puppetSource } from './double-puppet.ts'
import { MatrixError, path, pause, type Call } from './homeserver.ts'
import type { JsonObject } from './json.ts'
import { deletePortal, ensurePortal, findPortal, joinRoom, syncGroup } from './portals.ts'
import { readdressPortal } from './readdress.ts'
import { reactionKey, waKey, type Known, type Login, type Portal } from './store.ts'

/** Where a message goes and who writes it: how to act as the author, and what its events carry. */
type Place = { bridge: Bridge; login: Login; portal: Portal }
type Author = { mxid: string; actor: Pick<Call, 'as' | 'token'>; extra: JsonObject }

/** One event of a linked device. Resolves when the homeserver has it for good; throws when it refuses it for good (protocol/bridge.md 8.4). */
export async function handleDeviceEvent(bridge: Bridge, login: Login, event: Exclude<DeviceEvent, { kind: 'history' }>): Promise<void> {
  switch (event.kind) {
    case 'message': {
      const message = bridge.whatsapp.network.state.messages.get(event.id)
      return message === undefined ? undefined : bringMessage(bridge, login, message)
    }
    case 'receipt':
      return bringReceipt(bridge, login, event)
    case 'read_self':
      return bringOwnRead(bridge, login, event.chat, event.up_to)
    case 'group':
      return syncGroup(bridge, login, event.group)
    case 'chat_deleted':
      return deletePortal(bridge, login, event.chat)
    case 'deleted_for_me':
      return removeForMe(bridge, login, event)
    case 'broadcast':
      return bringBroadcast(bridge, login, event)
    case 'renamed':
      return renamePerson(bridge, login, event.peer)
    case 'readdressed':
      return readdressPortal(bridge, login, event.peer)
  }
}

/** The ghost gets the new name, which shows in every room that it is in; so does a room named after the person. */
async function renamePerson(bridge: Bridge, login: Login, peer: string): Promise<void> {
  if (findPortal(bridge, login, { peer }) === undefined) await bridge.ghosts.ensure(peer, login.id)
  else await ensurePortal(bridge, login, { peer })
}

/** A WhatsApp message, live or from history, into its portal by the rows of protocol/bridge.md 5.1. */
export async function bringMessage(bridge: Bridge, login: Login, message: WaMessage): Promise<void> {
  const fault = message.history === true ? undefined : bridge.faults.take('inbound')
  if (fault?.kind === 'drop') return bridge.log(`fault: WhatsApp message ${message.id} lost`)
  if (fault?.kind === 'delay') await pause(fault.ms ?? 1_000, bridge.closing)
  const { portal } = await ensurePortal(bridge, login, chatOf(message, login.id))
  const place = { bridge, login, portal }
  const { content } = message
  if (bridge.store.byWaId.has(waKey(portal.key, message.id))) return
  switch (content.type) {
    case 'reaction':
      return react(place, message, content)
    case 'revoke':
      return revoke(place, message, content)
    case 'edit':
      return edit(place, message, content)
    case 'poll_vote':
      return vote(place, message, content)
    case 'late':
      return fillIn(place, message, content)
    case 'disappeared':
      return vanish(place, message, content)
    case 'text':
    case 'image':
    case 'video':
    case 'audio':
    case 'voice':
    case 'document':
    case 'sticker':
    case 'location':
    case 'contacts':
    case 'poll':
    case 'call':
    case 'unknown':
    case 'live_location':
    case 'album':
    case 'group_invite':
    case 'business':
    case 'business_reply':
    case 'masked':
    case 'view_once':
    case 'notice':
    case 'event_invite':
    case 'ai':
    case 'undecryptable':
    case 'missing_media':
    case 'timer':
      return show(place, message, content, fault?.kind === 'duplicate')
  }
}

async function authorOf({ bridge, login }: Place, phone: string): Promise<Author> {
  const puppet = phone === login.id ? await bridge.puppets.find(login.mxid) : undefined
  if (puppet !== undefined) return { mxid: login.mxid, actor: puppet, extra: puppetSource }
  const mxid = await bridge.ghosts.ensure(phone, login.id)
  return { mxid, actor: { as: mxid }, extra: {} }
}

/** Sends an event. Its transaction id is made of the WhatsApp id, so that a repeat after a crash is not a second event. */
async function send(place: Place, author: Author, event: { type: string; content: JsonObject; waId: string; at: number }): Promise<string> {
  const { portal, bridge } = place
  const where = path`/_matrix/client/v3/rooms/${portal.room_id}/send/${event.type}/${`wa_${portal.login}_${event.waId}`}`
  const device = await bridge.sendDevices.of(author.actor)
  const call: Call = { ...author.actor, device, ts: toSecond(event.at), body: { ...event.content, ...author.extra } }
  const answer = await joined(place, author, () => bridge.homeserver.call('PUT', where, call))
  return String(answer['event_id'])
}

/** WhatsApp's clock has seconds only. */
function toSecond(ms: number): number {
  return Math.floor(ms / 1000) * 1000
}

/** Does it, joining the author first when the homeserver says that it is not in the room. */
async function joined<T>({ bridge, portal }: Place, author: Author, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof MatrixError) || error.status !== 403) throw error
    await joinRoom(bridge, portal.room_id, author.mxid, author.actor)
    return work()
  }
}

function note({ bridge, login, portal }: Place, message: WaMessage, eventId: string, sender: string): void {
  const known: Known = { portal: portal.key, wa_id: message.id, event_id: eventId, sender, at: message.sent_at }
  bridge.store.commit({ t: 'message', known })
  noteBridged(bridge.whatsapp.network, message.id, { device: login.device, room_id: portal.room_id, event_id: eventId })
}

function upload(bridge: Bridge): (media: Media, fileName: string) => Promise<string> {
  return (media, fileName) => {
    const bytes = bridge.whatsapp.media.get(media.sha256) ?? Buffer.alloc(0)
    return bridge.homeserver.upload(bytes, media.mime_type, fileName, bridge.config.bot)
  }
}

async function show(place: Place, message: WaMessage, content: Shown, twice: boolean): Promise<void> {
  const { bridge, portal } = place
  const author = await authorOf(place, message.from)
  const converted = await convert({ ...place, message }, content, upload(bridge))
  const quoted = message.reply_to === undefined ? undefined : bridge.store.byWaId.get(waKey(portal.key, message.reply_to))
  const reply = quoted === undefined ? {} : { 'm.relates_to': relationTo(quoted.event_id, message.comment === true) }
  const event = { type: converted.type, content: { ...converted.content, ...reply }, at: message.sent_at }
  // As after a crash between the homeserver's answer and the note of it (protocol/bridge.md 8.4).
  if (twice) await send(place, author, { ...event, waId: `${message.id}_before_the_crash` })
  note(place, message, await send(place, author, { ...event, waId: message.id }), author.mxid)
  if (content.type === 'timer') await setTimer(place, content.ms)
}

/** What is said beneath a post of an announcement group is a thread, everything else an answer (protocol/bridge.md 5.1). */
function relationTo(eventId: string, comment: boolean): JsonObject {
  const answer = { 'm.in_reply_to': { event_id: eventId } }
  return comment ? { rel_type: 'm.thread', event_id: eventId, is_falling_back: true, ...answer } : answer
}

async function setTimer({ bridge, portal }: Place, ms: number): Promise<void> {
  const where = path`/_matrix/client/v3/rooms/${portal.room_id}/state/com.beeper.disappearing_timer/`
  await bridge.homeserver.call('PUT', where, { as: bridge.config.bot, body: timerContent(ms) })
}

/** The real content takes the place of the notice that stood for it; nobody is to call that an edit. */
async function fillIn(place: Place, message: WaMessage, late: Extract<WaContent, { type: 'late' }>): Promise<void> {
  const { bridge, portal } = place
  const target = bridge.store.byWaId.get(waKey(portal.key, late.target))
  const { content } = late
  if (target === undefined || !isEvent(content)) return
  const author = await authorOf(place, message.from)
  const converted = await convert({ ...place, message }, content, upload(bridge))
  const fresh = converted.type === 'm.sticker' ? { msgtype: 'm.image', ...converted.content } : converted.content
  const relation = { 'm.new_content': fresh, 'm.relates_to': { rel_type: 'm.replace', event_id: target.event_id } }
  const body = { ...fresh, ...relation, 'com.beeper.dont_render_edited': true }
  note(
    place,
    message,
    await send(place, author, { type: 'm.room.message', content: body, waId: message.id, at: message.sent_at }),
    author.mxid,
  )
}

function isEvent(content: WaContent): content is Shown {
  return !['reaction', 'edit', 'revoke', 'poll_vote', 'late', 'disappeared'].includes(content.type)
}

async function vanish(place: Place, message: WaMessage, content: Extract<WaContent, { type: 'disappeared' }>): Promise<void> {
  const { bridge, portal } = place
  const target = bridge.store.byWaId.get(waKey(portal.key, content.target))
  if (target === undefined) return
  const where = path`/_matrix/client/v3/rooms/${portal.room_id}/redact/${target.event_id}/${`wa_${portal.login}_${message.id}`}`
  const answer = await bridge.homeserver.call('PUT', where, { as: bridge.config.bot, body: { reason: 'Message disappeared' } })
  note(place, message, String(answer['event_id']), bridge.config.bot)
}

async function edit(place: Place, message: WaMessage, content: Extract<WaContent, { type: 'edit' }>): Promise<void> {
  const { bridge, portal } = place
  const target = bridge.store.byWaId.get(waKey(portal.key, content.target))
  const before = bridge.whatsapp.network.state.messages.get(content.target)?.content
  if (target === undefined || before === undefined) return
  const author = await authorOf(place, message.from)
  const fresh = await edited(place, message, before, content.text)
  const text = fresh['msgtype'] === 'm.text'
  const body = {
    ...fresh,
    ...(text ? { body: `* ${content.text}` } : {}),
    'm.mentions': {},
    'm.new_content': fresh,
    'm.relates_to': { rel_type: 'm.replace', event_id: target.event_id },
  }
  note(
    place,
    message,
    await send(place, author, { type: 'm.room.message', content: body, waId: message.id, at: message.sent_at }),
    author.mxid,
  )
}

/** The whole new content: a caption keeps its media, everything else is text. */
async function edited(place: Place, message: WaMessage, before: WaContent, text: string): Promise<JsonObject> {
  if (before.type === 'image' || before.type === 'video' || before.type === 'document') {
    const { content } = await convert({ ...place, message }, { ...before, caption: text }, upload(place.bridge))
    return Object.fromEntries(Object.entries(content).filter(([key]) => key !== 'com.beeper.disappearing_timer'))
  }
  return { msgtype: 'm.text', ...textContent(place, text, []) }
}

async function react(place: Place, message: WaMessage, content: Extract<WaContent, { type: 'reaction' }>): Promise<void> {
  const { bridge, portal, login } = place
  const target = bridge.store.byWaId.get(waKey(portal.key, content.target))
  const before = bridge.store.reactions.get(reactionKey(portal.key, content.target, message.from))
  if (target === undefined || before?.wa_id === message.id) return
  const author = await authorOf(place, message.from)
  if (before !== undefined) await redact(place, author, { eventId: before.event_id, waId: `${message.id}_old`, at: message.sent_at })
  const row = { t: 'reaction', portal: portal.key, target: content.target, sender: message.from } as const
  if (content.emoji === '') return bridge.store.commit(row)
  const body = { 'm.relates_to': { rel_type: 'm.annotation', event_id: target.event_id, key: qualified(content.emoji) } }
  const eventId = await send(place, author, { type: 'm.reaction', content: body, waId: message.id, at: message.sent_at })
  bridge.store.commit({ ...row, event_id: eventId, wa_id: message.id })
  noteBridged(bridge.whatsapp.network, message.id, { device: login.device, room_id: portal.room_id, event_id: eventId })
}

/** With the variation selectors that the bridge's framework puts behind emoji of which there is a form in black as well; the usual ones. */
function qualified(emoji: string): string {
  return emoji.replaceAll(/([❤☺☹✌☝✍☎☀☁☂⭐✨✅❌❗❓⚡☕👍👎👆👇👈👉😐🏠🎓🎧💣💰💳💻])\ufe0f?/gu, '$1\ufe0f')
}

async function revoke(place: Place, message: WaMessage, content: Extract<WaContent, { type: 'revoke' }>): Promise<void> {
  const target = place.bridge.store.byWaId.get(waKey(place.portal.key, content.target))
  if (target === undefined) return
  const author = await authorOf(place, message.from)
  const eventId = await redact(place, author, { eventId: target.event_id, waId: message.id, at: message.sent_at })
  note(place, message, eventId, author.mxid)
}

/** Deleted on the phone only: the bridge does not know by whom, so that the author seems to have done it (protocol/bridge.md 5.1). */
async function removeForMe(bridge: Bridge, login: Login, event: Extract<DeviceEvent, { kind: 'deleted_for_me' }>): Promise<void> {
  const portal = findPortal(bridge, login, event.chat)
  const message = bridge.whatsapp.network.state.messages.get(event.id)
  const target = portal === undefined ? undefined : bridge.store.byWaId.get(waKey(portal.key, event.id))
  if (portal === undefined || message === undefined || target === undefined) return
  const place = { bridge, login, portal }
  await redact(place, await authorOf(place, message.from), { eventId: target.event_id, waId: `${event.id}_for_me`, at: bridge.clock() })
}

async function redact(place: Place, author: Author, event: { eventId: string; waId: string; at: number }): Promise<string> {
  const { bridge, portal } = place
  const where = path`/_matrix/client/v3/rooms/${portal.room_id}/redact/${event.eventId}/${`wa_${portal.login}_${event.waId}`}`
  const device = await bridge.sendDevices.of(author.actor)
  const call: Call = { ...author.actor, device, ts: toSecond(event.at), body: author.extra }
  const answer = await joined(place, author, () => bridge.homeserver.call('PUT', where, call))
  return String(answer['event_id'])
}

async function vote(place: Place, message: WaMessage, content: Extract<WaContent, { type: 'poll_vote' }>): Promise<void> {
  const { bridge, portal } = place
  const target = bridge.store.byWaId.get(waKey(portal.key, content.target))
  const poll = bridge.whatsapp.network.state.messages.get(content.target)?.content
  if (target === undefined || poll?.type !== 'poll') return
  const author = await authorOf(place, message.from)
  const answers = content.options.map((option) => target.answers?.[poll.options.indexOf(option)] ?? pollOptionId(option))
  const body = {
    'm.relates_to': { rel_type: 'm.reference', event_id: target.event_id },
    'org.matrix.msc3381.poll.response': { answers },
  }
  const event = { type: 'org.matrix.msc3381.poll.response', content: body, waId: message.id, at: message.sent_at }
  note(place, message, await send(place, author, event), author.mxid)
}

/** Ticks of what this login sent: delivered as status events, read as receipts of the ghost (protocol/bridge.md 6.1). */
async function bringReceipt(bridge: Bridge, login: Login, event: Extract<DeviceEvent, { kind: 'receipt' }>): Promise<void> {
  const messages = event.ids.flatMap((id) => bridge.whatsapp.network.state.messages.get(id) ?? [])
  const portal = messages[0] === undefined ? undefined : findPortal(bridge, login, chatOf(messages[0], login.id))
  if (portal === undefined) return
  const known = messages.flatMap((message) => bridge.store.byWaId.get(waKey(portal.key, message.id)) ?? [])
  const last = known.at(-1)
  if (last === undefined) return
  const mxid = await bridge.ghosts.ensure(event.by, login.id)
  if (event.status === 'read') return sendRead({ bridge, login, portal }, { mxid, actor: { as: mxid }, extra: {} }, last.event_id)
  if (portal.type !== 'dm') return
  for (const one of known) {
    const target = {
      roomId: portal.room_id,
      eventId: one.event_id,
      eventType: one.type ?? 'm.room.message',
      fromPhone: one.type === undefined,
    }
    bridge.statuses.delivered(target, [mxid])
  }
}

async function sendRead(place: Place, author: Author, eventId: string): Promise<void> {
  const where = path`/_matrix/client/v3/rooms/${place.portal.room_id}/receipt/m.read/${eventId}`
  await joined(place, author, () => place.bridge.homeserver.call('POST', where, { ...author.actor, body: {} }))
}

/** The phone's owner has read a chat: the user's markers move with double puppeting, else the own ghost's receipt (protocol/bridge.md 6.4). */
export async function bringOwnRead(bridge: Bridge, login: Login, chat: Chat, upTo: string): Promise<void> {
  const portal = findPortal(bridge, login, chat)
  const known = portal === undefined ? undefined : bridge.store.byWaId.get(waKey(portal.key, upTo))
  if (portal === undefined || known === undefined) return
  const place = { bridge, login, portal }
  const author = await authorOf(place, login.id)
  if (author.mxid !== login.mxid) return sendRead(place, author, known.event_id)
  const body = { 'm.fully_read': known.event_id, 'm.read': known.event_id }
  await bridge.homeserver.call('POST', path`/_matrix/client/v3/rooms/${portal.room_id}/read_markers`, { ...author.actor, body })
}

/** Typing, once: nobody repeats it. */
export async function bringTyping(bridge: Bridge, login: Login, event: Extract<PassingEvent, { kind: 'typing' }>): Promise<void> {
  const portal = findPortal(bridge, login, event.chat)
  if (portal === undefined) return
  const mxid = bridge.ids.ghostMxid(event.from)
  const where = path`/_matrix/client/v3/rooms/${portal.room_id}/typing/${mxid}`
  await bridge.homeserver.once('PUT', where, { as: mxid, body: event.on ? { typing: true, timeout: 15_000 } : { typing: false } })
}
