import type { MediaStore } from '../phone/media.ts'
import type { Media, WaContent } from '../phone/types.ts'
import { BadRequest, bodyOf, flagIn, listIn, numberIn, optionalNumber, optionalText, phoneIn, textIn, type Body } from './input.ts'
import { rareContentIn, rareTypes } from './content-rare.ts'
import { sampleOf } from './samples.ts'

/** Types of a message that somebody may send by the control API. */
const sendableTypes = [
  'text',
  'image',
  'video',
  'audio',
  'voice',
  'document',
  'sticker',
  'location',
  'contacts',
  'poll',
  'call',
  'unknown',
] as const

/** The WhatsApp content that a body of `POST …/messages` describes; `type` is text when left out. */
export function contentIn(body: Body, media: MediaStore): WaContent {
  const type = optionalText(body, 'type') ?? 'text'
  const caption = optionalText(body, 'text') ?? optionalText(body, 'caption')
  const words = caption === undefined || caption === '' ? {} : { caption }
  const size = { ...maybe('width', optionalNumber(body, 'width')), ...maybe('height', optionalNumber(body, 'height')) }
  const length = maybe('duration_ms', optionalNumber(body, 'duration_ms'))
  switch (type) {
    case 'text': {
      const mentions = body['mentions'] === undefined ? [] : listIn(body, 'mentions').map((phone) => phoneIn(phone, 'mentions'))
      const marks = { ...(mentions.length === 0 ? {} : { mentions }), ...(flagIn(body, 'everyone', false) ? { everyone: true } : {}) }
      return { type, text: textIn(body, 'text'), ...marks, ...maybe('preview', previewIn(body)) }
    }
    case 'image':
      return { type, media: mediaIn(body, type, media), ...words, ...size }
    case 'video':
      return { type, media: mediaIn(body, type, media), ...words, ...size, ...length, ...(flagIn(body, 'gif', false) ? { gif: true } : {}) }
    case 'audio':
      return { type, media: mediaIn(body, type, media), ...length }
    case 'voice':
      return { type, media: mediaIn(body, type, media), ...length, ...waveform(body) }
    case 'document':
      return { type, media: mediaIn(body, type, media), file_name: optionalText(body, 'file_name') ?? 'document.pdf', ...words }
    case 'sticker':
      return { type, media: mediaIn(body, type, media), ...maybe('emoji', optionalText(body, 'emoji')) }
    case 'location':
      return locationIn(body)
    case 'contacts':
      return { type, contacts: listIn(body, 'contacts').map(contactIn) }
    case 'poll':
      return pollIn(body)
    case 'call':
      return { type, video: flagIn(body, 'video', false) }
    case 'unknown':
      return { type }
    default: {
      const rare = rareContentIn(type, body)
      if (rare === undefined) throw new BadRequest(`type: one of ${[...sendableTypes, ...rareTypes].join(', ')} is expected`)
      return rare
    }
  }
}

function maybe<K extends string, V>(key: K, value: V | undefined): { [key in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { [key in K]: V })
}

function previewIn(body: Body): { url: string; title: string } | undefined {
  if (body['preview'] === undefined) return undefined
  const preview = bodyOf(body['preview'])
  return { url: textIn(preview, 'url'), title: textIn(preview, 'title') }
}

/** A picture: `true` for a built-in one, or bytes as base64; null takes it away, undefined leaves what is there. */
export function avatarIn(body: Body, store: MediaStore): Media | null | undefined {
  const { avatar } = body
  if (avatar === undefined || avatar === null) return avatar
  return mediaIn(avatar === true ? {} : { media: avatar }, 'image', store)
}

function waveform(body: Body): { waveform?: number[] } {
  if (body['waveform'] === undefined) return {}
  const values = listIn(body, 'waveform')
  if (!values.every((value) => typeof value === 'number')) throw new BadRequest('waveform: a list of numbers is expected')
  return { waveform: values as number[] }
}

/** Bytes given as base64, or the built-in sample of the type. */
function mediaIn(body: Body, type: 'image' | 'video' | 'audio' | 'voice' | 'document' | 'sticker', store: MediaStore): Media {
  const sample = sampleOf(type)
  if (body['media'] === undefined) return store.put(sample.bytes, sample.mime_type)
  const media = bodyOf(body['media'])
  const data = textIn(media, 'data')
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(data)) throw new BadRequest('media.data: base64 is expected')
  return store.put(Buffer.from(data, 'base64'), optionalText(media, 'mime_type') ?? sample.mime_type)
}

function locationIn(body: Body): WaContent {
  const place = body['location'] === undefined ? body : bodyOf(body['location'])
  const [latitude, longitude] = [numberIn(place, 'latitude'), numberIn(place, 'longitude')]
  if (Math.abs(latitude) > 90) throw new BadRequest('latitude: a number from -90 to 90 is expected')
  if (Math.abs(longitude) > 180) throw new BadRequest('longitude: a number from -180 to 180 is expected')
  return {
    type: 'location',
    latitude,
    longitude,
    ...maybe('name', optionalText(place, 'name')),
    ...maybe('address', optionalText(place, 'address')),
    ...maybe('url', optionalText(place, 'url')),
  }
}

function contactIn(value: unknown): { name: string; phone: string } {
  const contact = bodyOf(value)
  return { name: textIn(contact, 'name'), phone: phoneIn(contact['phone'], 'contacts.phone') }
}

function pollIn(body: Body): WaContent {
  const options = listIn(body, 'options').map(String)
  if (options.length < 2 || options.length > 12 || new Set(options).size !== options.length)
    throw new BadRequest('options: 2 to 12 different texts are expected')
  return { type: 'poll', question: textIn(body, 'question'), options, selectable: optionalNumber(body, 'selectable') ?? 1 }
}
