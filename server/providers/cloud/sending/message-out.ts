import type { Interactive } from '../../../../contract/content.ts'
import { type Fields, fields, filled, isFields, list, present, texts } from '../../../lib/fields.ts'
import type { Json, OutboundDeed, OutboundFile, OutboundMessage } from '../../provider.ts'
import { digitsOf } from '../names.ts'
import { longestBody } from '../limits.ts'
import { addressOf } from './address.ts'
import { placeOf, templateOf } from './template-out.ts'

/** The body of a request to `/messages`. */
export type Request = Readonly<Record<string, Json>>

/**
 * A message as the network takes it (`protocol/meta.md` 3.1, 3.2). `media` is the id of its file there. Undefined for what cannot be sent on
 * this road.
 */
export function toRequest(message: OutboundMessage, media?: string): Request | undefined {
  const said = saidIn(message, media)
  if (said === undefined) return undefined
  const { conversation, known, replyTo, attempt } = message
  return {
    messaging_product: 'whatsapp',
    ...addressOf(conversation, known),
    ...(replyTo === undefined ? {} : { context: { message_id: replyTo.id } }),
    ...said,
    biz_opaque_callback_data: attempt,
  }
}

function saidIn(message: OutboundMessage, media: string | undefined): Request | undefined {
  const { content, type, text, file } = message
  switch (type) {
    case 'text':
      return { type, text: { body: text, preview_url: /https?:\/\//i.test(text) } }
    case 'image':
    case 'video':
    case 'audio':
    case 'document':
    case 'sticker':
      if (file === undefined || media === undefined) return undefined
      return {
        type,
        [type]: { ...mediaOf(file, media), ...(text === '' || type === 'audio' || type === 'sticker' ? {} : { caption: text }) },
      }
    case 'location': {
      const place = fields(content['location'])
      return typeof place['latitude'] === 'number' && typeof place['longitude'] === 'number'
        ? { type, location: placeOf(place) }
        : undefined
    }
    case 'contacts': {
      const cards = list(content['contacts']).filter(isFields).map(cardOf)
      return cards.length === 0 ? undefined : { type, contacts: cards }
    }
    case 'template': {
      if (file !== undefined && media === undefined) return undefined
      const template = templateOf(message, file === undefined || media === undefined ? undefined : mediaOf(file, media))
      return template === undefined ? undefined : { type, template }
    }
    case 'interactive': {
      const interactive = interactiveOf(text, fields(content['interactive']) as Interactive)
      return interactive === undefined ? undefined : { type, interactive }
    }
    case 'poll':
    case 'interactive_reply':
    case 'system':
    case 'deleted':
    case 'unsupported':
      return undefined
  }
}

function mediaOf({ type, voice, fileName }: OutboundFile, id: string): Readonly<Record<string, Json>> {
  return { id, ...(type === 'audio' && voice ? { voice: true } : {}), ...(type === 'document' ? { filename: fileName } : {}) }
}

function cardOf(card: Fields): Json {
  const name = filled(card['name']) ?? ''
  const phones = texts(card['phones']).map((phone) =>
    present({ phone, type: 'CELL', wa_id: phone.startsWith('+') ? digitsOf(phone) : undefined }),
  )
  return { name: { formatted_name: name, first_name: name }, phones }
}

function interactiveOf(text: string, { header, footer, buttons, list: choices, link, ask_location }: Interactive): Json | undefined {
  const body = { text }
  const around = {
    ...(header === undefined ? {} : { header: { type: 'text', text: header } }),
    body,
    ...(footer === undefined ? {} : { footer: { text: footer } }),
  }
  if (buttons !== undefined)
    return {
      type: 'button',
      ...around,
      action: { buttons: buttons.map((reply) => ({ type: 'reply', reply: { id: reply.id, title: reply.title } })) },
    }
  if (choices !== undefined) {
    const sections = choices.sections.map(({ title, rows }) => present({ title, rows: rows.map((row) => present({ ...row })) }))
    return { type: 'list', ...around, action: { button: choices.button, sections } }
  }
  if (link !== undefined)
    return { type: 'cta_url', ...around, action: { name: 'cta_url', parameters: { display_text: link.title, url: link.url } } }
  if (ask_location === true) return { type: 'location_request_message', body, action: { name: 'send_location' } }
  return undefined
}

/** A reaction as the network takes it; an empty one takes ours back. Undefined for all else that is done to a message. */
export function toDeedRequest(deed: OutboundDeed): Request | undefined {
  if (deed.type !== 'react' && deed.type !== 'unreact') return undefined
  return {
    messaging_product: 'whatsapp',
    ...addressOf(deed.conversation, deed.known),
    type: 'reaction',
    reaction: { message_id: deed.target, emoji: deed.type === 'react' ? deed.emoji : '' },
    biz_opaque_callback_data: deed.attempt,
  }
}

/** Why this can never go by this road. `saidIn` needs no more than the name of a file to tell. */
export function refusalOf(said: OutboundMessage | OutboundDeed): string | undefined {
  if (!('content' in said)) {
    if (said.type === 'edit') return 'WhatsApp’s business API cannot change a message that was sent.'
    if (said.type === 'delete') return 'WhatsApp’s business API cannot take a message back.'
    return undefined
  }
  if (toRequest(said, 'some') === undefined) return `WhatsApp’s business API cannot send "${said.type}".`
  if (said.type !== 'interactive') return undefined
  const way = (['buttons', 'list', 'link', 'ask_location'] as const).find((one) => fields(said.content['interactive'])[one] !== undefined)
  const longest = longestBody[way ?? 'buttons']
  return said.text.length <= longest
    ? undefined
    : `The text is too long for a message of this kind: it may have ${longest} characters. Shorten it.`
}
