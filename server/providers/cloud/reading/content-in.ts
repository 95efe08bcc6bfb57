import type { FileType } from '../../../../contract/content.ts'
import { asJson, type Fields, fields, filled, isFields, list, present, text } from '../../../lib/fields.ts'
import { readVcards } from '../../../lib/vcard.ts'
import type { InboundContent, InboundFile } from '../../provider.ts'
import { digitsOf, idOf } from '../names.ts'
import { nameOf } from './people.ts'

/** What a message says. `whole` is false where something of it could not be taken over: its raw is then kept. */
export interface ReadContent {
  readonly content: InboundContent
  readonly whole: boolean
}

/** Reads what somebody said, whatever it is: what has not the published shape is shown as unsupported (`protocol/meta.md` 5.2). `at`: when it was said. */
export function contentOf(message: Fields, beside: unknown, at: string): ReadContent {
  const type = filled(message['type'])?.slice(0, 128) ?? 'unknown'
  return readers[type]?.(message, at) ?? unsupported(message, type, beside)
}

type Read = (message: Fields, at: string) => ReadContent | undefined

const whole = (content: InboundContent): ReadContent => ({ content, whole: true })
const partly = (content: InboundContent): ReadContent => ({ content, whole: false })

const readers: Readonly<Record<string, Read>> = {
  text: (message) => {
    const said = text(fields(message['text'])['body'])
    return said === undefined ? undefined : whole({ type: 'text', text: said })
  },
  image: (message, at) => fileContent('image', message, at),
  video: (message, at) => fileContent('video', message, at),
  audio: (message, at) => fileContent('audio', message, at),
  document: (message, at) => fileContent('document', message, at),
  sticker: (message, at) => fileContent('sticker', message, at),
  location: (message) => locationContent(fields(message['location'])),
  contacts: (message) => contactsContent(list(message['contacts'])),
  button: (message) => {
    const { payload, text: title } = fields(message['button'])
    return replyContent(payload, title)
  },
  interactive: (message) => interactiveContent(fields(message['interactive'])),
  order: (message) => orderContent(fields(message['order'])),
  system: (message) => whole({ type: 'system', text: systemText(message) }),
  // Nothing is missing: the file comes by itself, and then takes this one's place.
  media_placeholder: () => whole({ type: 'unsupported', unsupported: { original_type: 'media_placeholder' } }),
  request_welcome: () => whole({ type: 'system', text: 'Opened the chat for the first time' }),
}

const usualTypes = {
  image: 'image/jpeg',
  video: 'video/mp4',
  audio: 'audio/ogg',
  document: 'application/octet-stream',
  sticker: 'image/webp',
}

function fileContent(type: FileType, message: Fields, at: string): ReadContent | undefined {
  const told = fields(message[type])
  const id = idOf(told['id'])
  if (id === undefined) return undefined
  const file: InboundFile = {
    type,
    mimeType: filled(told['mime_type'])?.slice(0, 128) ?? usualTypes[type],
    ...present({ fileName: filled(told['filename'])?.slice(0, 255) }),
    ...(told['voice'] === true ? { voice: true } : {}),
    ref: present({ id, at, url: filled(told['url']), sha256: filled(told['sha256']) }),
  }
  const caption = filled(told['caption'])
  return whole({ type, files: [file], ...(caption === undefined ? {} : { text: caption }) })
}

function locationContent(told: Fields): ReadContent | undefined {
  const latitude = coordinate(told['latitude'], 90)
  const longitude = coordinate(told['longitude'], 180)
  if (latitude === undefined || longitude === undefined) return undefined
  const name = filled(told['name'])?.slice(0, 256)
  const address = filled(told['address'])?.slice(0, 512)
  return whole({ type: 'location', location: present({ latitude, longitude, name, address }) })
}

function coordinate(value: unknown, most: number): number | undefined {
  const told = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
  return typeof told === 'number' && Math.abs(told) <= most ? told : undefined
}

const mostCards = 64
const mostPhones = 16

function contactsContent(told: readonly unknown[]): ReadContent | undefined {
  const cards = told.filter(isFields).flatMap(cardOf).slice(0, mostCards)
  return cards.length === 0 ? undefined : whole({ type: 'contacts', contacts: cards })
}

function cardOf(told: Fields) {
  const phones = list(told['phones'])
    .map((phone) => phoneIn(fields(phone)))
    .filter((phone) => phone !== undefined)
  const names = fields(told['name'])
  const spelled = ['first_name', 'middle_name', 'last_name'].flatMap((part) => filled(names[part]) ?? []).join(' ')
  const name = nameOf(names['formatted_name']) ?? nameOf(spelled) ?? nameOf(fields(told['org'])['company']) ?? phones[0]
  if (name !== undefined) return [{ name, phones: [...new Set(phones)].slice(0, mostPhones) }]
  return typeof told['vcard'] === 'string' ? readVcards(told['vcard']) : []
}

function phoneIn(told: Fields): string | undefined {
  const digits = digitsOf(told['wa_id'])
  return digits === undefined ? filled(told['phone'])?.slice(0, 32) : `+${digits}`
}

function replyContent(id: unknown, title: unknown): ReadContent | undefined {
  const words = filled(title) ?? filled(id)
  if (words === undefined) return undefined
  return whole({ type: 'interactive_reply', text: words, interactive_reply: { id: text(id) ?? '', title: words } })
}

function interactiveContent(told: Fields): ReadContent | undefined {
  const pressed = fields(told['button_reply'] ?? told['list_reply'])
  const reply = replyContent(pressed['id'], pressed['title'])
  if (reply !== undefined) return reply
  if (isFields(told['nfm_reply'])) return formContent(told['nfm_reply'])
  const call = filled(fields(told['call_permission_reply'])['response'])
  if (call === undefined) return undefined
  const title = call === 'accept' ? 'We may call' : 'We may not call'
  return partly({ type: 'interactive_reply', text: title, interactive_reply: { id: `call_permission_${call}`, title } })
}

const mostFields = 50

/** A filled-in form: its answers stand in a JSON text, each under its name. */
function formContent(told: Fields): ReadContent {
  const title = filled(told['body']) ?? 'Sent'
  const answers = Object.entries(answersOf(told['response_json']))
    .filter(
      ([name, value]) => name !== 'flow_token' && (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'),
    )
    .slice(0, mostFields)
    .map(([name, value]) => `${name}: ${String(value)}`)
  return partly({
    type: 'interactive_reply',
    text: [title, ...answers].join('\n'),
    interactive_reply: { id: filled(told['name']) ?? 'form', title },
  })
}

function answersOf(json: unknown): Fields {
  try {
    return fields(JSON.parse(text(json) ?? ''))
  } catch {
    return {}
  }
}

function orderContent(told: Fields): ReadContent | undefined {
  const items = list(told['product_items']).filter(isFields)
  if (items.length === 0) return undefined
  const word = (value: unknown) => (typeof value === 'string' || typeof value === 'number' ? String(value) : '')
  const lines = items
    .slice(0, mostFields)
    .map(
      (item) => `${word(item['quantity'])} × ${word(item['product_retailer_id'])}, ${word(item['item_price'])} ${word(item['currency'])}`,
    )
  return partly({ type: 'text', text: [...(filled(told['text']) === undefined ? [] : [told['text']]), ...lines].join('\n') })
}

const happenings: Readonly<Record<string, string>> = {
  user_changed_number: 'Changed the phone number',
  customer_changed_number: 'Changed the phone number',
  user_changed_user_id: 'Is known to WhatsApp by a new id',
  customer_identity_changed: 'Uses WhatsApp on another device: make sure that it is the same person',
}

function systemText(message: Fields): string {
  const { body, type } = fields(message['system'])
  return filled(body) ?? happenings[filled(type) ?? ''] ?? `WhatsApp: ${filled(type) ?? 'something happened'}`
}

/** `beside`: reasons that stand beside the message instead of in it. */
function unsupported(message: Fields, type: string, beside: unknown): ReadContent {
  const told = type === 'unsupported' ? filled(fields(message['unsupported'])['type'])?.slice(0, 128) : undefined
  const [error] = [...list(message['errors']), ...list(beside)].filter(isFields)
  const words = filled(fields(error?.['error_data'])['details']) ?? filled(error?.['message']) ?? filled(error?.['title'])
  return partly({
    type: 'unsupported',
    unsupported: { original_type: told ?? type, ...(words === undefined ? {} : { fallback: words.slice(0, 512) }) },
  })
}

/** The raw of a message that was not wholly understood, as the inbox keeps it. */
export function keptRaw(isWhole: boolean, raw: unknown) {
  return isWhole ? {} : { raw: asJson(raw) }
}
