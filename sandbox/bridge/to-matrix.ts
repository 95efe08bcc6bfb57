import { chatOf } from '../phone/network-state.ts'
import type { Chat, DeviceEvent, PassingEvent, WaContent, WaMessage } from '../phone/types.ts'
import type { Bridge } from './bridge.ts'
import { convert, textContent, type Shown } from './convert.ts'
import { puppetSource } from './double-puppet.ts'
import { MatrixError, path, type Call } from './homeserver.ts'
import type { JsonObject } from './json.ts'
import { reactionKey, waKey, type Known, type Login, type Portal } from './store.ts'

/** Somebody who writes to a portal: how to act as it, and what its events carry. */
type Author = { phone: string; mxid: string; actor: Pick<Call, 'as' | 'token'>; extra: JsonObject }

/** Brings what happens on WhatsApp into the rooms of one login (protocol/bridge.md 5.1). */
export type ToMatrix = {
  /** Resolves when the homeserver has it for good; throws when it refuses it for good. */
  handle(login: Login, event: Exclude<DeviceEvent, { kind: 'history' }>): Promise<void>
  /** One message into its portal; `backfill` for history. */
  bring(login: Login, message: WaMessage): Promise<void>
  pass(login: Login, event: PassingEvent & { kind: 'typing' }): Promise<void>
  /** Moves the read marker of the phone's owner. */
  markRead(login: Login, chat: Chat, upTo: string): Promise<void>
}

export function createToMatrix(bridge: Bridge): ToMatrix {
  const { store, homeserver, ghosts, ids, portals } = bridge
  const { network, media: mediaStore } = bridge.whatsapp

  async function authorOf(login: Login, phone: string): Promise<Author> {
    const puppet = phone === login.id ? await bridge.puppets.find(login.mxid) : undefined
    if (puppet !== undefined) return { phone, mxid: login.mxid, actor: puppet, extra: puppetSource }
    const mxid = await ghosts.ensure(phone, login.id)
    return { phone, mxid, actor: { as: mxid }, extra: {} }
  }

  async function send(portal: Portal, author: Author, event: { type: string; content: JsonObject; waId: string; at: number }): Promise<string> {
    const txn = `wa_${portal.login}_${event.waId}`
    const where = path`/_matrix/client/v3/rooms/${portal.room_id}/send/${event.type}/${txn}`
    const call: Call = { ...author.actor, ts: Math.floor(event.at / 1000) * 1000, body: { ...event.content, ...author.extra } }
    const answer = await joined(portal, author, () => homeserver.call('PUT', where, call))
    return String(answer['event_id'])
  }

  /** Does it, joining the author first when the homeserver says that it is not in the room. */
  async function joined<T>(portal: Portal, author: Author, work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      if (!(error instanceof MatrixError) || error.status !== 403) throw error
      await portals.bring(portal, author.mxid, author.actor)
      return work()
    }
  }

  async function bring(login: Login, message: WaMessage): Promise<void> {
    const { portal } = await portals.ensure(login, chatOf(message, login.id))
    const { content } = message
    if (content.type === 'reaction') return react(login, portal, message, content)
    if (content.type === 'revoke') return revoke(login, portal, message, content)
    if (store.byWaId.has(waKey(portal.key, message.id))) return
    if (content.type === 'edit') return edit(login, portal, message, content)
    if (content.type === 'poll_vote') return
    await show(login, portal, message, content)
  }

  async function show(login: Login, portal: Portal, message: WaMessage, content: Shown) {
    const author = await authorOf(login, message.from)
    const converted = await convert(bridge, message, content, async (media, fileName) => {
      const bytes = mediaStore.get(media.sha256) ?? Buffer.alloc(0)
      return homeserver.upload(bytes, media.mime_type, fileName, bridge.config.bot)
    })
    const target = message.reply_to === undefined ? undefined : store.byWaId.get(waKey(portal.key, message.reply_to))
    const reply = target === undefined ? {} : { 'm.relates_to': { 'm.in_reply_to': { event_id: target.event_id } } }
    const eventId = await send(portal, author, { type: converted.type, content: { ...converted.content, ...reply }, waId: message.id, at: message.sent_at })
    note(login, portal, message, eventId, author.mxid)
  }

  function note(login: Login, portal: Portal, message: WaMessage, eventId: string, sender: string) {
    const known: Known = { portal: portal.key, wa_id: message.id, event_id: eventId, sender, at: message.sent_at }
    store.commit({ t: 'message', known })
    network.noteBridged(message.id, { device: login.device, room_id: portal.room_id, event_id: eventId })
  }

  async function edit(login: Login, portal: Portal, message: WaMessage, content: Extract<WaContent, { type: 'edit' }>) {
    const target = store.byWaId.get(waKey(portal.key, content.target))
    const before = network.state.messages.get(content.target)?.content
    if (target === undefined || before === undefined) return
    const author = await authorOf(login, message.from)
    const text = textContent(bridge, content.text, [])
    const caption = 'media' in before && before.type !== 'audio' && before.type !== 'voice' && before.type !== 'sticker'
    const replacement = caption
      ? { ...(await convert(bridge, message, { ...before, caption: content.text }, reuse(target))).content }
      : { msgtype: 'm.text', ...text }
    const body = {
      ...replacement,
      ...(caption ? {} : { body: `* ${String(text['body'])}` }),
      'm.mentions': {},
      'com.beeper.disappearing_timer': {},
      'm.new_content': replacement,
      'm.relates_to': { rel_type: 'm.replace', event_id: target.event_id },
    }
    const eventId = await send(portal, author, { type: 'm.room.message', content: body, waId: message.id, at: message.sent_at })
    note(login, portal, message, eventId, author.mxid)
  }

  /** The media of a message that is there already is uploaded again under the hood; the address may be new. */
  function reuse(target: Known) {
    return async (media: { sha256: string; mime_type: string }, fileName: string) => {
      bridge.log(`caption of ${target.event_id} changes`)
      return homeserver.upload(mediaStore.get(media.sha256) ?? Buffer.alloc(0), media.mime_type, fileName, bridge.config.bot)
    }
  }

  async function react(login: Login, portal: Portal, message: WaMessage, content: Extract<WaContent, { type: 'reaction' }>) {
    const target = store.byWaId.get(waKey(portal.key, content.target))
    if (target === undefined) return
    const author = await authorOf(login, message.from)
    const key = reactionKey(portal.key, content.target, message.from)
    const before = store.reactions.get(key)
    if (before?.emoji === content.emoji) return
    if (before !== undefined) await redact(portal, author, before.event_id, `${message.id}_old`, message.sent_at)
    let eventId: string | undefined
    if (content.emoji !== '') {
      const body = { 'm.relates_to': { rel_type: 'm.annotation', event_id: target.event_id, key: content.emoji } }
      eventId = await send(portal, author, { type: 'm.reaction', content: body, waId: message.id, at: message.sent_at })
    }
    const row = { t: 'reaction', portal: portal.key, target: content.target, sender: message.from } as const
    store.commit(eventId === undefined ? row : { ...row, event_id: eventId, emoji: content.emoji })
    if (eventId !== undefined) network.noteBridged(message.id, { device: login.device, room_id: portal.room_id, event_id: eventId })
  }

  async function revoke(login: Login, portal: Portal, message: WaMessage, content: Extract<WaContent, { type: 'revoke' }>) {
    const target = store.byWaId.get(waKey(portal.key, content.target))
    if (target === undefined) return
    const author = await authorOf(login, message.from)
    await redact(portal, author, target.event_id, message.id, message.sent_at)
    network.noteBridged(message.id, { device: login.device, room_id: portal.room_id, event_id: target.event_id })
  }

  async function redact(portal: Portal, author: Author, eventId: string, waId: string, at: number) {
    const where = path`/_matrix/client/v3/rooms/${portal.room_id}/redact/${eventId}/${`wa_${portal.login}_${waId}`}`
    const call: Call = { ...author.actor, ts: Math.floor(at / 1000) * 1000, body: { ...author.extra } }
    await joined(portal, author, () => homeserver.call('PUT', where, call))
  }

  async function receipt(login: Login, event: Extract<DeviceEvent, { kind: 'receipt' }>) {
    const messages = event.ids.flatMap((id) => network.state.messages.get(id) ?? [])
    const first = messages[0]
    if (first === undefined) return
    const portal = portals.find(login, chatOf(first, login.id))
    if (portal === undefined) return
    const known = messages.flatMap((message) => store.byWaId.get(waKey(portal.key, message.id)) ?? [])
    const mxid = await ghosts.ensure(event.by, login.id)
    if (event.status === 'delivered') {
      for (const one of portal.type === 'dm' ? known : []) {
        bridge.statuses.delivered({ roomId: portal.room_id, eventId: one.event_id, eventType: one.type ?? 'm.room.message' }, [mxid])
      }
      return
    }
    const last = known.at(-1)
    if (last !== undefined) await sendReceipt(portal, { phone: event.by, mxid, actor: { as: mxid }, extra: {} }, last.event_id)
  }

  async function sendReceipt(portal: Portal, author: Author, eventId: string) {
    const where = path`/_matrix/client/v3/rooms/${portal.room_id}/receipt/m.read/${eventId}`
    await joined(portal, author, () => homeserver.call('POST', where, { ...author.actor, body: {} }))
  }

  async function markRead(login: Login, chat: Chat, upTo: string) {
    const portal = portals.find(login, chat)
    const known = portal === undefined ? undefined : store.byWaId.get(waKey(portal.key, upTo))
    if (portal === undefined || known === undefined) return
    const author = await authorOf(login, login.id)
    if (author.mxid !== login.mxid) return sendReceipt(portal, author, known.event_id)
    const body = { 'm.fully_read': known.event_id, 'm.read': known.event_id }
    await homeserver.call('POST', path`/_matrix/client/v3/rooms/${portal.room_id}/read_markers`, { ...author.actor, body })
  }

  return {
    bring,
    markRead,
    async handle(login, event) {
      switch (event.kind) {
        case 'message': {
          const message = network.state.messages.get(event.id)
          if (message !== undefined) await bring(login, message)
          return
        }
        case 'receipt':
          return receipt(login, event)
        case 'read_self':
          return markRead(login, event.chat, event.up_to)
        case 'group':
          await portals.ensure(login, { group: event.group })
          return
      }
    },
    async pass(login, event) {
      const portal = portals.find(login, event.chat)
      if (portal === undefined) return
      const mxid = ids.ghostMxid(event.from)
      const where = path`/_matrix/client/v3/rooms/${portal.room_id}/typing/${mxid}`
      await homeserver.once('PUT', where, { as: mxid, body: event.on ? { typing: true, timeout: 15_000 } : { typing: false } })
    },
  }
}
