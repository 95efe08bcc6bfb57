import { noteBridged } from '../phone/linking.ts'
import { sendMessage } from '../phone/messages.ts'
import { Refused } from '../phone/network.ts'
import { readChat, setTyping } from '../phone/receipts.ts'
import type { Chat, WaContent } from '../phone/types.ts'
import type { Bridge } from './bridge.ts'
import { pollOptionId } from './convert.ts'
import { pause } from './homeserver.ts'
import { listOf, objectOf, textOf, type JsonObject } from './json.ts'
import { outgoing } from './outgoing.ts'
import { redactFor } from './portals.ts'
import { deleteMaxAge, editMaxAge } from './room-features.ts'
import { troubleOf } from './states.ts'
import { failed, NotBridged, refused } from './status.ts'
import { reactionKey, type Known, type Login, type Portal } from './store.ts'

/** An event that somebody wrote in a portal, and the login that it is written for. */
type Place = { bridge: Bridge; login: Login; portal: Portal; chat: Chat; event: JsonObject }

const bridged = new Set([
  'm.room.message',
  'm.sticker',
  'm.reaction',
  'm.room.redaction',
  'org.matrix.msc3381.poll.start',
  'org.matrix.msc3381.poll.response',
])

/** Brings one event of a portal to WhatsApp (protocol/bridge.md 5.2). Its outcome is told by a status; it throws only while the bridge closes. */
export async function handlePortalEvent(bridge: Bridge, portal: Portal, event: JsonObject): Promise<void> {
  const type = String(event['type'])
  if (!bridged.has(type) || event['state_key'] !== undefined) return
  const fault = bridge.faults.take('message')
  if (fault?.kind === 'drop') return bridge.log(`fault: Matrix event ${String(event['event_id'])} lost`)
  if (fault?.kind === 'delay') await pause(fault.ms ?? 1_000, bridge.closing)
  const msgtype = textOf(objectOf(event['content'])['msgtype'])
  const target = {
    roomId: portal.room_id,
    eventId: String(event['event_id']),
    eventType: type,
    ...(msgtype === undefined ? {} : { msgtype }),
  }
  bridge.statuses.received(target)
  try {
    if (fault?.kind === 'fail') throw failed('WhatsApp did not take the message')
    if (fault?.kind === 'refuse') throw refused('WhatsApp refuses this kind of message')
    await work(placeOf(bridge, portal, event))
    bridge.statuses.sent(target)
  } catch (error) {
    if (bridge.closing.aborted) throw error
    const failure = error instanceof NotBridged ? error.failure : failed(error instanceof Error ? error.message : String(error)).failure
    bridge.statuses.failed(target, failure)
  }
}

function loginFor(bridge: Bridge, portal: Portal, mxid: string): Login | undefined {
  const login = bridge.store.logins.get(portal.login)
  return login?.mxid === mxid ? login : undefined
}

function placeOf(bridge: Bridge, portal: Portal, event: JsonObject): Place {
  const login = loginFor(bridge, portal, String(event['sender']))
  if (login === undefined) throw failed('not logged in', "You're not logged in")
  if (login.error !== undefined) throw failed('not logged in', textOf(bridge.states.current(login.id)['message']) ?? 'not logged in')
  const state = bridge.states.current(login.id)
  if (typeof state['error'] === 'string' && troubleOf(state['error']).stops)
    throw failed('websocket not connected', textOf(state['message']))
  const chat = bridge.ids.chat(portal.jid)
  if (chat === undefined) throw failed('target chat not found')
  return { bridge, login, portal, chat, event }
}

async function work(place: Place): Promise<void> {
  switch (place.event['type']) {
    case 'm.reaction':
      return react(place)
    case 'm.room.redaction':
      return redact(place)
    case 'org.matrix.msc3381.poll.response':
      return vote(place)
    default:
      return write(place)
  }
}

/** Sends on WhatsApp, once for one Matrix event whatever is repeated, and marks the chat read as the bridge always does. */
function send(place: Place, content: WaContent, replyTo?: string): void {
  const { bridge, login, portal, chat, event } = place
  const { network } = bridge.whatsapp
  const eventId = String(event['event_id'])
  try {
    const reply = replyTo === undefined ? {} : { reply_to: replyTo }
    const message = sendMessage(network, { from: login.id, chat, content, via: login.device, send_key: eventId, ...reply })
    const known: Known = {
      portal: portal.key,
      wa_id: message.id,
      event_id: eventId,
      sender: String(event['sender']),
      at: message.sent_at,
      type: String(event['type']),
      ...(content.type === 'poll' ? { answers: answerIds(event) } : {}),
    }
    bridge.store.commit({ t: 'message', known })
    noteBridged(network, message.id, { device: login.device, room_id: portal.room_id, event_id: eventId })
    readChat(network, { phone: login.id, chat, via: login.device })
  } catch (error) {
    if (error instanceof Refused) throw failed(error.message)
    throw error
  }
}

function targetOf({ bridge, portal }: Place, eventId: unknown): Known {
  const known = bridge.store.byEvent.get(String(eventId))
  if (known === undefined || known.portal !== portal.key) throw failed('target message not found')
  return known
}

async function write(place: Place): Promise<void> {
  const { bridge, portal, event } = place
  const content = objectOf(event['content'])
  if (content['msgtype'] === 'm.notice') throw failed('ignoring m.notice message')
  const relation = objectOf(content['m.relates_to'])
  if (relation['rel_type'] === 'm.replace') return edit(place, relation['event_id'])
  const quoted = bridge.store.byEvent.get(String(objectOf(relation['m.in_reply_to'])['event_id']))
  const converted = await outgoing(bridge, String(event['type']), content)
  send(place, converted, quoted?.portal === portal.key ? quoted.wa_id : undefined)
}

async function edit(place: Place, targetId: unknown): Promise<void> {
  const { bridge, event } = place
  const target = targetOf(place, targetId)
  if (target.sender !== event['sender']) throw failed("can't edit others' messages", '')
  if (bridge.clock() - target.at > editMaxAge * 1000) throw refused('the message is too old to be edited')
  const fresh = objectOf(objectOf(event['content'])['m.new_content'])
  const content = await outgoing(bridge, 'm.room.message', { ...fresh, msgtype: 'm.text' })
  send(place, { type: 'edit', target: target.wa_id, text: content.type === 'text' ? content.text : '' })
}

function react(place: Place): void {
  const { bridge, login, portal, event } = place
  const relation = objectOf(objectOf(event['content'])['m.relates_to'])
  const target = targetOf(place, relation['event_id'])
  const emoji = (textOf(relation['key']) ?? '').replaceAll('\ufe0f', '')
  const before = bridge.store.reactions.get(reactionKey(portal.key, target.wa_id, login.id))
  const eventId = String(event['event_id'])
  send(place, { type: 'reaction', target: target.wa_id, emoji })
  const wa = bridge.store.byEvent.get(eventId)?.wa_id ?? ''
  bridge.store.commit({ t: 'reaction', portal: portal.key, target: target.wa_id, sender: login.id, event_id: eventId, wa_id: wa })
  if (before === undefined || before.event_id === eventId) return
  // WhatsApp has one reaction a person: the bridge takes the old one away on Matrix, beside the work.
  redactFor(bridge, portal, login, before.event_id).catch((error: unknown) => bridge.log(`old reaction not redacted: ${String(error)}`))
}

function redact(place: Place): void {
  const { bridge, login, portal, event } = place
  const targetId = String(event['redacts'] ?? objectOf(event['content'])['redacts'])
  const reaction = bridge.store.reactionEvents.get(targetId)
  if (reaction !== undefined) {
    if (reaction.sender !== login.id) throw failed("can't remove others' reactions")
    send(place, { type: 'reaction', target: reaction.target, emoji: '' })
    bridge.store.commit({ t: 'reaction', portal: portal.key, target: reaction.target, sender: login.id })
    return
  }
  const target = targetOf(place, targetId)
  if (bridge.clock() - target.at > deleteMaxAge * 1000) throw refused('the message is too old to be deleted')
  send(place, { type: 'revoke', target: target.wa_id })
}

function vote(place: Place): void {
  const content = objectOf(place.event['content'])
  const target = targetOf(place, objectOf(content['m.relates_to'])['event_id'])
  const poll = place.bridge.whatsapp.network.state.messages.get(target.wa_id)?.content
  if (poll?.type !== 'poll') throw refused('vote target poll not found')
  const chosen = new Set(listOf(objectOf(content['org.matrix.msc3381.poll.response'])['answers']).map(String))
  const options = poll.options.filter((option, index) => chosen.has(target.answers?.[index] ?? pollOptionId(option)))
  send(place, { type: 'poll_vote', target: target.wa_id, options })
}

function answerIds(event: JsonObject): string[] {
  const start = objectOf(objectOf(event['content'])['org.matrix.msc3381.poll.start'])
  return listOf(start['answers']).map((answer) => String(objectOf(answer)['id']))
}

/** A user's `m.read` marks the chat read on WhatsApp up to that event. */
export function handleReceipt(bridge: Bridge, portal: Portal, mxid: string, eventId: string): void {
  const login = loginFor(bridge, portal, mxid)
  const known = bridge.store.byEvent.get(eventId)
  const chat = bridge.ids.chat(portal.jid)
  if (login === undefined || login.error !== undefined || known === undefined || known.portal !== portal.key || chat === undefined) return
  readChat(bridge.whatsapp.network, { phone: login.id, chat, up_to: known.wa_id, via: login.device })
}

/** Who types in a portal now; only the login's own user is of interest. */
export function handleTyping(bridge: Bridge, portal: Portal, mxids: string[], before: boolean): boolean {
  const login = bridge.store.logins.get(portal.login)
  const chat = bridge.ids.chat(portal.jid)
  if (login === undefined || login.error !== undefined || chat === undefined) return false
  const now = mxids.includes(login.mxid)
  if (now !== before) setTyping(bridge.whatsapp.network, { phone: login.id, chat, on: now })
  return now
}
