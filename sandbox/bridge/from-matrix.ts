import { Refused } from '../phone/network.ts'
import type { Chat, WaContent } from '../phone/types.ts'
import type { Bridge } from './bridge.ts'
import { pollOptionId } from './convert.ts'
import { listOf, objectOf, textOf, type JsonObject } from './json.ts'
import { outgoing } from './outgoing.ts'
import { deleteMaxAge, editMaxAge } from './room-features.ts'
import { NotBridged } from './status.ts'
import { reactionKey, type Known, type Login, type Portal } from './store.ts'

/** What Matrix users do in portals, brought to WhatsApp (protocol/bridge.md 5.2). */
export type FromMatrix = {
  /** One event of a portal. Every outcome is told by a status; nothing is thrown but what the homeserver may still answer later. */
  handle(portal: Portal, event: JsonObject): Promise<void>
  receipt(portal: Portal, mxid: string, eventId: string): void
  typing(portal: Portal, mxids: string[]): void
}

const bridged = new Set(['m.room.message', 'm.sticker', 'm.reaction', 'm.room.redaction', 'org.matrix.msc3381.poll.start', 'org.matrix.msc3381.poll.response'])

const unsupported = (error: string): NotBridged =>
  new NotBridged({ status: 'FAIL_RETRIABLE', reason: 'com.beeper.unsupported_event', message: error, error })

const generic = (error: string, message = error): NotBridged => new NotBridged({ status: 'FAIL_RETRIABLE', reason: 'm.event_not_handled', message, error })

export function createFromMatrix(bridge: Bridge): FromMatrix {
  const { store } = bridge
  const { network } = bridge.whatsapp
  const typists = new Map<string, Set<string>>()

  function loginOf(portal: Portal, mxid: string): Login | undefined {
    const login = store.logins.get(portal.login)
    return login !== undefined && login.mxid === mxid ? login : undefined
  }

  function usable(portal: Portal, mxid: string): Login {
    const login = loginOf(portal, mxid)
    if (login === undefined) throw generic('not logged in', "You're not logged in")
    if (login.error !== undefined) throw generic('not logged in', textOf(bridge.states.current(login.id)['message']) ?? 'not logged in')
    return login
  }

  function chatOf(portal: Portal): Chat {
    const chat = bridge.ids.chat(portal.jid)
    if (chat === undefined) throw generic('target chat not found')
    return chat
  }

  function send(login: Login, portal: Portal, event: JsonObject, content: WaContent, replyTo?: string): void {
    const eventId = String(event['event_id'])
    try {
      const chat = chatOf(portal)
      const message = network.send({
        from: login.id,
        chat,
        content,
        via: login.device,
        send_key: eventId,
        ...(replyTo === undefined ? {} : { reply_to: replyTo }),
      })
      const known: Known = {
        portal: portal.key,
        wa_id: message.id,
        event_id: eventId,
        sender: String(event['sender']),
        at: message.sent_at,
        type: String(event['type']),
        ...(content.type === 'poll' ? { answers: answerIds(event) } : {}),
      }
      store.commit({ t: 'message', known })
      network.noteBridged(message.id, { device: login.device, room_id: portal.room_id, event_id: eventId })
      network.read({ phone: login.id, chat, via: login.device })
    } catch (error) {
      if (error instanceof Refused) throw generic(error.message)
      throw error
    }
  }

  function targetOf(portal: Portal, eventId: unknown): Known {
    const known = store.byEvent.get(String(eventId))
    if (known === undefined || known.portal !== portal.key) throw generic('target message not found')
    return known
  }

  async function message(login: Login, portal: Portal, event: JsonObject): Promise<void> {
    const content = objectOf(event['content'])
    if (content['msgtype'] === 'm.notice') throw generic('ignoring m.notice message')
    const relation = objectOf(content['m.relates_to'])
    if (relation['rel_type'] === 'm.replace') return edit(login, portal, event, relation['event_id'])
    const replied = store.byEvent.get(String(objectOf(relation['m.in_reply_to'])['event_id']))
    const converted = await outgoing(bridge, String(event['type']), content)
    send(login, portal, event, converted, replied?.portal === portal.key ? replied.wa_id : undefined)
  }

  async function edit(login: Login, portal: Portal, event: JsonObject, targetId: unknown): Promise<void> {
    const target = targetOf(portal, targetId)
    if (target.sender !== event['sender']) throw generic("can't edit others' messages")
    if (bridge.clock() - target.at > editMaxAge * 1000) throw unsupported('the message is too old to be edited')
    const fresh = objectOf(objectOf(event['content'])['m.new_content'])
    const content = await outgoing(bridge, 'm.room.message', { ...fresh, msgtype: 'm.text' })
    send(login, portal, event, { type: 'edit', target: target.wa_id, text: content.type === 'text' ? content.text : '' })
  }

  function react(login: Login, portal: Portal, event: JsonObject): void {
    const relation = objectOf(objectOf(event['content'])['m.relates_to'])
    const target = targetOf(portal, relation['event_id'])
    const emoji = String(relation['key'] ?? '').replaceAll('\ufe0f', '')
    const before = store.reactions.get(reactionKey(portal.key, target.wa_id, login.id))
    send(login, portal, event, { type: 'reaction', target: target.wa_id, emoji })
    const eventId = String(event['event_id'])
    store.commit({ t: 'reaction', portal: portal.key, target: target.wa_id, sender: login.id, event_id: eventId, emoji })
    if (before !== undefined && before.event_id !== eventId) replaced(portal, login, before.event_id)
  }

  /** WhatsApp has one reaction a person: the bridge takes the old one away on Matrix, beside the work. */
  function replaced(portal: Portal, login: Login, eventId: string): void {
    bridge.portals.redactAs(portal, login, eventId).catch((error: unknown) => bridge.log(`old reaction not redacted: ${String(error)}`))
  }

  function redact(login: Login, portal: Portal, event: JsonObject): void {
    const targetId = String(event['redacts'] ?? objectOf(event['content'])['redacts'])
    const reaction = store.reactionEvents.get(targetId)
    if (reaction !== undefined) {
      if (reaction.sender !== login.id) throw generic("can't remove others' reactions")
      send(login, portal, event, { type: 'reaction', target: reaction.target, emoji: '' })
      store.commit({ t: 'reaction', portal: portal.key, target: reaction.target, sender: login.id })
      return
    }
    const target = targetOf(portal, targetId)
    if (bridge.clock() - target.at > deleteMaxAge * 1000) throw unsupported('the message is too old to be deleted')
    send(login, portal, event, { type: 'revoke', target: target.wa_id })
  }

  function vote(login: Login, portal: Portal, event: JsonObject): void {
    const content = objectOf(event['content'])
    const target = targetOf(portal, objectOf(content['m.relates_to'])['event_id'])
    const poll = network.state.messages.get(target.wa_id)?.content
    if (poll?.type !== 'poll') throw unsupported('vote target poll not found')
    const chosen = new Set(listOf(objectOf(content['org.matrix.msc3381.poll.response'])['answers']).map(String))
    const options = poll.options.filter((option, index) => chosen.has(target.answers?.[index] ?? pollOptionId(option)))
    send(login, portal, event, { type: 'poll_vote', target: target.wa_id, options })
  }

  async function work(portal: Portal, event: JsonObject): Promise<void> {
    const login = usable(portal, String(event['sender']))
    switch (event['type']) {
      case 'm.reaction':
        return react(login, portal, event)
      case 'm.room.redaction':
        return redact(login, portal, event)
      case 'org.matrix.msc3381.poll.response':
        return vote(login, portal, event)
      default:
        return message(login, portal, event)
    }
  }

  return {
    async handle(portal, event) {
      const type = String(event['type'])
      if (!bridged.has(type) || event['state_key'] !== undefined) return
      const msgtype = textOf(objectOf(event['content'])['msgtype'])
      const target = { roomId: portal.room_id, eventId: String(event['event_id']), eventType: type, ...(msgtype === undefined ? {} : { msgtype }) }
      bridge.statuses.received(target)
      try {
        await work(portal, event)
        bridge.statuses.sent(target)
      } catch (error) {
        if (bridge.closing.aborted) throw error
        const failure = error instanceof NotBridged ? error.failure : generic(String(error)).failure
        bridge.statuses.failed(target, failure)
      }
    },
    receipt(portal, mxid, eventId) {
      const login = loginOf(portal, mxid)
      const known = store.byEvent.get(eventId)
      const chat = bridge.ids.chat(portal.jid)
      if (login === undefined || login.error !== undefined || known === undefined || known.portal !== portal.key || chat === undefined) return
      network.read({ phone: login.id, chat, up_to: known.wa_id, via: login.device })
    },
    typing(portal, mxids) {
      const before = typists.get(portal.key) ?? new Set()
      const now = new Set(mxids.filter((mxid) => loginOf(portal, mxid) !== undefined))
      typists.set(portal.key, now)
      const login = store.logins.get(portal.login)
      const chat = bridge.ids.chat(portal.jid)
      if (login === undefined || login.error !== undefined || chat === undefined || before.has(login.mxid) === now.has(login.mxid)) return
      network.typing({ phone: login.id, chat, on: now.has(login.mxid), via: login.device })
    },
  }
}


function answerIds(event: JsonObject): string[] {
  const start = objectOf(objectOf(event['content'])['org.matrix.msc3381.poll.start'])
  return listOf(start['answers']).map((answer) => String(objectOf(answer)['id']))
}
