import { phoneOf } from '../phone/network.ts'
import type { DeviceEvent, DeviceHandler, WaContent, WaMessage } from '../phone/types.ts'
import type { GraphNumber } from './state.ts'
import { statusOf } from './statuses.ts'
import { type Graph, newId, seconds, userIdOf, wamidOf } from './world.ts'

type Json = { [key: string]: unknown }

/** What a number of the business hears from WhatsApp, told to the webhook (protocol/meta.md 5). */
export function listenFor(graph: Graph, number: GraphNumber): DeviceHandler {
  return {
    async handle(event) {
      take(graph, number, event)
    },
    pass: () => undefined,
  }
}

function take(graph: Graph, number: GraphNumber, event: DeviceEvent): void {
  if (event.kind === 'message') {
    const message = graph.network.state.messages.get(event.id)
    // Groups are for business accounts of another kind; what this number said itself needs no telling.
    if (message === undefined || message.group !== undefined || message.from === number.phone) return
    // A reaction opens no window, as far as Meta says anything of it.
    if (message.content.type !== 'reaction') graph.store.commit({ t: 'heard', number: number.id, phone: message.from, at: graph.now() })
    graph.tell({
      field: 'messages',
      value: { ...head(number), contacts: [contactOf(graph, message.from)], messages: [messageOf(graph, number, message)] },
    })
  }
  if (event.kind === 'receipt') for (const id of event.ids) tellReceipt(graph, number, id, event.status)
}

function tellReceipt(graph: Graph, number: GraphNumber, id: string, status: 'delivered' | 'read'): void {
  const sent = graph.store.state.sent.get(id)
  if (sent !== undefined && sent.number === number.id) tellStatus(graph, number, statusOf(graph, sent, status))
}

/** Somebody is known by another id from now on, as after a change of their phone (protocol/meta.md 5.4): said in the chat and to the account. */
export function tellNewUserId(graph: Graph, number: GraphNumber, phone: string, userId: string): void {
  const previous = userIdOf(graph, phone)
  graph.store.commit({ t: 'user_id', phone, user_id: userId })
  const timestamp = seconds(graph.now())
  const system = { body: 'User changed their user ID', type: 'user_changed_user_id', user_id: userId, previous_user_id: previous }
  const message = { from: phone, from_user_id: userId, id: `wamid.${newId()}`, timestamp, type: 'system', system }
  graph.tell({ field: 'messages', value: { ...head(number), messages: [message] } })
  const update = { wa_id: phone, detail: 'user_id changed', user_id: { previous, current: userId }, timestamp }
  graph.tell({ field: 'user_id_update', value: { ...head(number), user_id_update: [update] } })
}

/** Tells one status. */
export function tellStatus(graph: Graph, number: GraphNumber, status: Json): void {
  const peer = String(status['recipient_id'])
  const contacts = status['status'] === 'failed' ? {} : { contacts: [contactOf(graph, peer)] }
  graph.tell({ field: 'messages', value: { ...head(number), ...contacts, statuses: [status] } })
}

function head({ id, phone }: GraphNumber): Json {
  return { messaging_product: 'whatsapp', metadata: { display_phone_number: phone, phone_number_id: id } }
}

/** Who hides their phone is known by the business's own id of them alone. */
function contactOf(graph: Graph, phone: string): Json {
  const { name, phone_hidden } = phoneOf(graph.network, phone)
  const username = phone_hidden ? { username: `user${phone.slice(-4)}` } : {}
  return { profile: { name: name ?? phone, ...username }, ...(phone_hidden ? {} : { wa_id: phone }), user_id: userIdOf(graph, phone) }
}

function messageOf(graph: Graph, number: GraphNumber, message: WaMessage): Json {
  const { phone_hidden } = phoneOf(graph.network, message.from)
  return {
    ...(phone_hidden ? {} : { from: message.from }),
    from_user_id: userIdOf(graph, message.from),
    id: wamidOf(graph, message, 'user'),
    timestamp: seconds(message.sent_at + graph.store.state.aheadMs),
    ...contextOf(graph, number, message),
    ...contentOf(graph, number, message.content),
  }
}

function contextOf(graph: Graph, number: GraphNumber, { reply_to: replyTo, forwarded }: WaMessage): Json {
  const target = replyTo === undefined ? undefined : graph.network.state.messages.get(replyTo)
  const quoted =
    target === undefined ? {} : { from: target.from, id: wamidOf(graph, target, target.from === number.phone ? 'business' : 'user') }
  const passed = forwarded === true ? { forwarded: true } : {}
  return target === undefined && forwarded !== true ? {} : { context: { ...quoted, ...passed } }
}

/** The content in the shape of 5.2; what a business's number is not shown is `unsupported`. */
function contentOf(graph: Graph, number: GraphNumber, content: WaContent): Json {
  // oxlint-disable-next-line typescript/switch-exhaustiveness-check -- all the others are not supported
  switch (content.type) {
    case 'text':
      return { type: 'text', text: { body: content.text } }
    case 'image':
    case 'video':
      return {
        type: content.type,
        [content.type]: { ...fileOf(graph, number, content), ...(content.caption === undefined ? {} : { caption: content.caption }) },
      }
    case 'audio':
    case 'voice':
      return { type: 'audio', audio: { ...fileOf(graph, number, content), voice: content.type === 'voice' } }
    case 'document': {
      const { caption, file_name: filename } = content
      return { type: 'document', document: { ...fileOf(graph, number, content), filename, ...(caption === undefined ? {} : { caption }) } }
    }
    case 'sticker':
      return { type: 'sticker', sticker: { ...fileOf(graph, number, content), animated: false } }
    case 'location': {
      const { type, ...location } = content
      return { type, location }
    }
    case 'contacts':
      return {
        type: 'contacts',
        contacts: content.contacts.map(({ name, phone }) => ({
          name: { formatted_name: name, first_name: name },
          phones: [{ phone: `+${phone}`, wa_id: phone, type: 'CELL' }],
        })),
      }
    case 'reaction': {
      const target = graph.network.state.messages.get(content.target)
      const id = target === undefined ? 'wamid.unknown' : wamidOf(graph, target, target.from === number.phone ? 'business' : 'user')
      return { type: 'reaction', reaction: { message_id: id, ...(content.emoji === '' ? {} : { emoji: content.emoji }) } }
    }
    case 'business_reply': {
      const { form, id, text: title } = content
      if (form === 'template') return { type: 'button', button: { payload: id, text: title } }
      const key = form === 'list' ? 'list_reply' : 'button_reply'
      return { type: 'interactive', interactive: { type: key, [key]: { id, title } } }
    }
    default:
      return unsupported(content)
  }
}

/** What a business's number is not shown: only that there was something. */
function unsupported({ type }: WaContent): Json {
  const words = 'Message type unknown'
  return {
    type: 'unsupported',
    errors: [{ code: 131051, title: words, message: words, error_data: { details: 'Message type is currently not supported.' } }],
    unsupported: { type: unsupportedAs[type] ?? 'unknown' },
  }
}

const unsupportedAs: Readonly<Record<string, string>> = {
  edit: 'edit',
  revoke: 'revoke',
  poll: 'poll_creation',
  poll_vote: 'poll_update',
  group_invite: 'group_invite',
  view_once: 'media_placeholder',
  undecryptable: 'media_placeholder',
  live_location: 'location',
}

type FileContent = Extract<WaContent, { media: unknown }>

/** A media id of its own for each message: it can be fetched for seven days. */
function fileOf(graph: Graph, number: GraphNumber, { media }: FileContent): Json {
  const id = newId()
  graph.store.commit({
    t: 'media',
    media: { id, number: number.id, sha256: media.sha256, mime_type: media.mime_type, at: graph.now(), inbound: true },
  })
  return { id, mime_type: media.mime_type, sha256: Buffer.from(media.sha256, 'hex').toString('base64') }
}
