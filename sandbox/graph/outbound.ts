import { readChat } from '../phone/receipts.ts'
import { sendMessage } from '../phone/messages.ts'
import { phoneOf, Refused } from '../phone/network.ts'
import { parsePhone } from '../phone/numbers.ts'
import type { WaContent } from '../phone/types.ts'
import { checkContacts, checks, objectIn, textIn } from './checks.ts'
import { GraphError, type LateFailure } from './errors.ts'
import { tellStatus } from './inbound.ts'
import type { GraphNumber, SentMessage } from './state.ts'
import { failureOf, statusOf } from './statuses.ts'
import { fillTemplate } from './templates.ts'
import { callingCodeOf, type Graph, newId, newWamid, phoneOfUserId, userIdOf } from './world.ts'

type Json = { [key: string]: unknown }

/** What was accepted: the answer, and what follows from it once it was given. */
export type Accepted = { answer: Json; afterwards: () => void }

const types = ['text', 'image', 'video', 'audio', 'document', 'sticker', 'location', 'contacts', 'reaction', 'interactive', 'template']
const dayMs = 86_400_000

/** `POST /{number}/messages`: a message, or that one was read (protocol/meta.md 3). Throws GraphError. */
export function acceptMessage(graph: Graph, number: GraphNumber, body: Json): Accepted {
  if (body['messaging_product'] !== 'whatsapp') throw new GraphError('invalid_parameter', 'messaging_product must be whatsapp')
  if (body['status'] !== undefined) return { answer: markRead(graph, number, body), afterwards: () => undefined }
  const type = body['type'] === undefined ? 'text' : textIn(body, 'type')
  if (!types.includes(type)) throw new GraphError('invalid_parameter', `type ${type} is not known`)
  const recipientType = body['recipient_type'] ?? 'individual'
  if (recipientType !== 'individual') throw new GraphError('invalid_parameter', 'recipient_type must be individual')
  const recipient = recipientOf(graph, number, body, type)
  if (recipient.phone === number.phone) throw new GraphError('same_number')
  const { content, template } = contentOf(graph, number, body, type)
  graph.limits.take(number, recipient.phone)
  return send(graph, number, body, { recipient, content, template })
}

type Recipient = { phone: string; input: string; byUserId: boolean; isReal: boolean }

/** A phone without `+` gets the country of the business; an id of a person in `to` is taken for a phone, and silently lost (0.4). */
function recipientOf(graph: Graph, number: GraphNumber, body: Json, type: string): Recipient {
  const { to, recipient } = body
  if (typeof to === 'string' && to !== '') {
    const bare = to.replaceAll(/[\s()-]/g, '')
    if (/^\+?\d+$/.test(bare)) {
      const digits = bare.startsWith('+') ? bare.slice(1) : `${callingCodeOf(number.phone)}${bare}`
      return { phone: parsePhone(digits) ?? digits, input: to, byUserId: false, isReal: parsePhone(digits) !== undefined }
    }
    return { phone: to.replaceAll(/\D/g, ''), input: to, byUserId: false, isReal: false }
  }
  if (typeof recipient !== 'string' || recipient === '') throw new GraphError('missing_parameter', 'to or recipient is required')
  const phone = phoneOfUserId(graph, recipient)
  if (phone === undefined) throw new GraphError('invalid_value', 'recipient is not a user of this business')
  if (type === 'template' && isAuthentication(graph, body)) throw new GraphError('phone_needed')
  return { phone, input: recipient, byUserId: true, isReal: true }
}

function isAuthentication({ store }: Graph, body: Json): boolean {
  const name = objectIn(body['template'], 'template')['name']
  return [...store.state.templates.values()].some((template) => template.name === name && template.category === 'AUTHENTICATION')
}

function contentOf(graph: Graph, number: GraphNumber, body: Json, type: string): { content: WaContent; template: string | undefined } {
  if (type === 'template') return fillTemplate(graph, number, objectIn(body['template'], 'template'))
  if (type === 'contacts') {
    checkContacts(body['contacts'])
    return { content: { type: 'contacts', contacts: cardsOf(body['contacts'] as Json[]) }, template: undefined }
  }
  const said = objectIn(body[type], type)
  checks[type]?.(said, body)
  return { content: toContent(graph, number, type, said), template: undefined }
}

function cardsOf(cards: Json[]): { name: string; phone: string }[] {
  return cards.map((card) => ({
    name: textIn(objectIn(card['name'], 'name'), 'formatted_name'),
    phone: parsePhone((card['phones'] as Json[] | undefined)?.[0]?.['phone']) ?? '0',
  }))
}

function toContent(graph: Graph, number: GraphNumber, type: string, said: Json): WaContent {
  const caption = typeof said['caption'] === 'string' ? { caption: said['caption'] } : {}
  switch (type) {
    case 'text':
      return { type, text: String(said['body']) }
    case 'image':
    case 'video':
      return { type, media: fileOf(graph, number, said), ...caption }
    case 'audio': {
      const media = fileOf(graph, number, said)
      if (said['voice'] === true && !media.mime_type.startsWith('audio/ogg'))
        throw new GraphError('bad_media', 'a voice message must be OGG with OPUS')
      return { type: said['voice'] === true ? 'voice' : 'audio', media }
    }
    case 'document':
      return {
        type,
        media: fileOf(graph, number, said),
        file_name: typeof said['filename'] === 'string' ? said['filename'] : 'Untitled',
        ...caption,
      }
    case 'sticker':
      return { type, media: fileOf(graph, number, said) }
    case 'location': {
      const [name, address] = [said['name'], said['address']].map((value) => (typeof value === 'string' ? value : undefined))
      const place = { type, latitude: Number(said['latitude']), longitude: Number(said['longitude']) } as const
      return { ...place, ...(name === undefined ? {} : { name }), ...(address === undefined ? {} : { address }) }
    }
    case 'reaction':
      return { type, target: graph.store.state.ids.get(String(said['message_id'])) ?? '', emoji: String(said['emoji']) }
    default:
      return pressable(said)
  }
}

function pressable(interactive: Json): WaContent {
  const text = String(objectIn(interactive['body'], 'body')['text'])
  const action = objectIn(interactive['action'], 'action')
  const rows = ((action['sections'] as Json[] | undefined) ?? []).flatMap((section) => section['rows'] as Json[])
  const replies = ((action['buttons'] as Json[] | undefined) ?? []).map((button) => objectIn(button['reply'], 'reply'))
  const link = action['parameters'] === undefined ? [] : [objectIn(action['parameters'], 'parameters')['display_text']]
  const titles = [...replies, ...rows].map((each) => each['title'])
  return { type: 'business', form: rows.length > 0 ? 'list' : 'buttons', text, buttons: [...titles, ...link].map(String) }
}

function fileOf({ store, media }: Graph, number: GraphNumber, said: Json): { sha256: string; size: number; mime_type: string } {
  if (typeof said['id'] !== 'string') throw new GraphError('bad_media', 'the sandbox fetches no links: upload the file')
  const known = store.state.media.get(said['id'])
  if (known === undefined || known.number !== number.id) throw new GraphError('invalid_value', 'media id is not known for this number')
  return { sha256: known.sha256, size: media.get(known.sha256)?.length ?? 0, mime_type: known.mime_type }
}

type Delivery = { recipient: Recipient; content: WaContent; template: string | undefined }

function send(graph: Graph, number: GraphNumber, body: Json, { recipient, content, template }: Delivery): Accepted {
  const { phone, input, byUserId } = recipient
  const failure = failureFor(graph, number, recipient, { content, template })
  const tracker = typeof body['biz_opaque_callback_data'] === 'string' ? { tracker: body['biz_opaque_callback_data'].slice(0, 512) } : {}
  const kind = template === undefined ? {} : { template }
  const keep = (id: string): SentMessage => {
    const sent = { wamid: newWamid(number.phone, id, 'business'), id, number: number.id, peer: phone, ...tracker, ...kind }
    graph.store.commit({ t: 'sent', ...sent })
    return sent
  }
  const sent = failure === undefined ? deliver(graph, number, body, { phone, content, keep }) : keep(`FAILED${newId()}`)
  const contact = byUserId ? { input, user_id: userIdOf(graph, phone) } : { input, wa_id: phone }
  return {
    answer: {
      messaging_product: 'whatsapp',
      contacts: [contact],
      messages: [{ id: sent.wamid, ...(template === undefined ? {} : { message_status: 'accepted' }) }],
    },
    afterwards: () => tellStatus(graph, number, failure === undefined ? statusOf(graph, sent, 'sent') : failureOf(graph, sent, failure)),
  }
}

/** Accepted and lost all the same: told by a status. */
function failureFor(
  graph: Graph,
  number: GraphNumber,
  { phone, isReal }: Recipient,
  { content, template }: Omit<Delivery, 'recipient'>,
): LateFailure | undefined {
  if (!isReal || !phoneOf(graph.network, phone).on_whatsapp) return 'undeliverable'
  if (content.type === 'reaction' && !graph.network.state.messages.has(content.target)) return 'bad_reaction'
  if (template === undefined && graph.now() - (graph.store.state.heard.get(`${number.id} ${phone}`) ?? -Infinity) > dayMs)
    return 'window_closed'
  return undefined
}

function deliver(
  graph: Graph,
  number: GraphNumber,
  body: Json,
  { phone, content, keep }: { phone: string; content: WaContent; keep: (id: string) => SentMessage },
): SentMessage {
  const context =
    body['context'] === undefined ? undefined : textIn(objectIn(body['context'], 'context'), 'message_id', 'context.message_id')
  const replyTo = context === undefined ? undefined : graph.store.state.ids.get(context)
  try {
    const message = sendMessage(graph.network, {
      from: number.phone,
      chat: { peer: phone },
      content,
      via: number.device,
      ...(replyTo === undefined ? {} : { reply_to: replyTo }),
    })
    return keep(message.id)
  } catch (error) {
    if (error instanceof Refused) throw new GraphError('invalid_value', error.message)
    throw error
  }
}

function markRead(graph: Graph, number: GraphNumber, body: Json): Json {
  if (body['status'] !== 'read') throw new GraphError('invalid_parameter', 'status must be read')
  const id = graph.store.state.ids.get(textIn(body, 'message_id'))
  const message = id === undefined ? undefined : graph.network.state.messages.get(id)
  if (message === undefined || message.to !== number.phone) throw new GraphError('invalid_value', 'message_id is not known for this number')
  readChat(graph.network, { phone: number.phone, chat: { peer: message.from }, up_to: message.id, via: number.device })
  if (body['typing_indicator'] !== undefined) graph.typing(number, message.from)
  return { success: true }
}
