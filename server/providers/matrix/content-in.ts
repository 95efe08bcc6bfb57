import type { FileType } from '../../../contract/content.ts'
import type { InboundContent, InboundFile } from '../provider.ts'
import { count, type Fields, fields, filled, isFields, list, present, text } from './json.ts'
import { readCaption, readText } from './text-in.ts'

/** A message's content and whether it was forwarded. */
export interface ReadContent {
  readonly content: InboundContent
  readonly forwarded: boolean
}

/** What an `m.room.message` says (protocol/bridge.md 5.1). What it cannot be read as is `unsupported`, with its words. */
export function readMessage(content: Fields): ReadContent {
  const type = text(content['msgtype']) ?? ''
  const special = readPoll(content) ?? readAnswer(content) ?? readAction(content)
  if (special !== undefined) return { content: special, forwarded: false }
  const missing = placeholder(content)
  if (missing !== undefined) return unsupported(missing, content)
  switch (type) {
    case 'm.text':
    case 'm.emote': {
      const read = readText(content)
      return { content: { type: 'text', text: read.text }, forwarded: read.forwarded }
    }
    case 'm.notice': {
      const read = readText(content)
      return { content: { type: 'system', text: read.text }, forwarded: false }
    }
    case 'm.image':
    case 'm.video':
    case 'm.audio':
    case 'm.file':
      return readFile(fileTypeOf[type], content) ?? unsupported(type, content)
    case 'm.location':
      return readLocation(content) ?? unsupported(type, content)
    default:
      return unsupported(type === '' ? 'm.room.message' : type, content)
  }
}

/** What an `m.sticker` says. */
export function readSticker(content: Fields): ReadContent {
  return readFile('sticker', { ...content, filename: content['body'] }) ?? unsupported('m.sticker', content)
}

/** Something that has arrived and cannot be shown; `fallback` is what the bridge wrote in its place. */
export function unsupported(originalType: string, content: Fields): ReadContent {
  const fallback = readText(content).text.slice(0, 4_096)
  const names = { original_type: originalType, ...(fallback === '' ? {} : { fallback }) }
  return { content: { type: 'unsupported', unsupported: names }, forwarded: false }
}

const fileTypeOf = { 'm.image': 'image', 'm.video': 'video', 'm.audio': 'audio', 'm.file': 'document' } as const

const mediaAddress = /^mxc:\/\/[A-Za-z0-9.:[\]-]{1,255}\/[A-Za-z0-9_=-]{1,255}$/

/** Whether this is an address of media that may be asked for: nothing in it can leave its place in a path. */
export function isMediaAddress(value: unknown): value is string {
  return typeof value === 'string' && mediaAddress.test(value)
}

function readFile(type: FileType, content: Fields): ReadContent | undefined {
  const address = content['url']
  if (!isMediaAddress(address)) return undefined
  const info = fields(content['info'])
  const audio = fields(content['org.matrix.msc1767.audio'])
  const caption = readCaption(content)
  const file: InboundFile = present({
    type,
    mimeType: filled(info['mimetype'])?.slice(0, 128) ?? 'application/octet-stream',
    fileName: type === 'sticker' ? undefined : caption.fileName?.slice(0, 256),
    sizeBytes: count(info['size']),
    width: count(info['w']),
    height: count(info['h']),
    durationMs: count(info['duration']) ?? count(audio['duration']),
    voice: isFields(content['org.matrix.msc3245.voice']) ? true : undefined,
    ref: { url: address },
  })
  const said = type === 'sticker' || caption.text === '' ? {} : { text: caption.text }
  return { content: { type, files: [file], ...said }, forwarded: caption.forwarded }
}

function readLocation(content: Fields): ReadContent | undefined {
  const place = /^geo:(-?\d{1,3}(?:\.\d{1,12})?),(-?\d{1,3}(?:\.\d{1,12})?)(?:[,;]|$)/.exec(text(content['geo_uri']) ?? '')
  const latitude = Number(place?.[1])
  const longitude = Number(place?.[2])
  if (place === null || Math.abs(latitude) > 90 || Math.abs(longitude) > 180) return undefined
  const plain = fields({ ...content, format: undefined })
  const [name, ...rest] = readText(plain)
    .text.replace(/^Location: /, '')
    .split('\n')
    .filter((line) => line !== '' && !/^(https?:|geo:)/.test(line))
  const address = rest.join(', ')
  const named = {
    ...(name === undefined ? {} : { name: name.slice(0, 256) }),
    ...(address === '' ? {} : { address: address.slice(0, 512) }),
  }
  return { content: { type: 'location', location: { latitude, longitude, ...named } }, forwarded: false }
}

function readPoll(content: Fields): InboundContent | undefined {
  const start = content['org.matrix.msc3381.poll.start']
  if (!isFields(start)) return undefined
  const words = (value: unknown) => (filled(fields(value)['org.matrix.msc1767.text']) ?? filled(fields(value)['body']) ?? '').slice(0, 255)
  const options = list(start['answers']).map(words).slice(0, 20)
  return {
    type: 'poll',
    poll: { question: words(start['question']), options, max_choices: Math.max(count(start['max_selections']) ?? 1, 1) },
  }
}

const answers: readonly (readonly [key: string, id: string])[] = [
  ['fi.mau.whatsapp.template_button_reply', 'id'],
  ['fi.mau.whatsapp.buttons_response_message', 'selected_button_id'],
  ['fi.mau.whatsapp.list_reply', 'row_id'],
]

function readAnswer(content: Fields): InboundContent | undefined {
  for (const [key, id] of answers) {
    const answer = content[key]
    if (!isFields(answer)) continue
    const { text: title } = readText(content)
    return { type: 'interactive_reply', text: title, interactive_reply: { id: filled(answer[id])?.slice(0, 256) ?? '', title } }
  }
  return undefined
}

// A call that came in, a changed timer: something that happened, said by nobody.
function readAction(content: Fields): InboundContent | undefined {
  return isFields(content['com.beeper.action_message']) ? { type: 'system', text: readText(content).text } : undefined
}

// What the bridge puts in place of a message that it could not bring, by its structured marks (protocol/bridge.md 5.1).
function placeholder(content: Fields): string | undefined {
  if (content['fi.mau.whatsapp.undecryptable'] === true) return 'undecryptable'
  const media = content['fi.mau.whatsapp.failed_media']
  if (media !== undefined) return filled(fields(media)['type_description']) ?? filled(fields(media)['type']) ?? 'media'
  if (content['fi.mau.whatsapp.unsupported_message_data'] !== undefined) return 'unknown'
  if (content['fi.mau.bridge.internal_error'] !== undefined) return 'bridge_error'
  return content['file'] === undefined ? undefined : 'encrypted'
}
