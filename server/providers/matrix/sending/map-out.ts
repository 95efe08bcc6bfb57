import type { Json, OutboundFile, OutboundMessage } from '../../provider.ts'
import { attemptKey } from '../config.ts'
import { count, type Fields, fields, filled, list, text } from '../../../lib/fields.ts'
import { bodyOf, type Words } from './text-out.ts'

/** An event to send. */
export interface OutboundEvent {
  readonly type: string
  readonly content: Readonly<Record<string, Json>>
}

/**
 * A message as the event that the bridge turns into WhatsApp's (protocol/bridge.md 5.2). `address` is where the file is.
 * Undefined for what cannot be sent on this road.
 */
export function toEvent(message: OutboundMessage, commandPrefix: string, address?: string): OutboundEvent | undefined {
  const mine = { [attemptKey]: message.attempt, ...relation(message) }
  switch (message.type) {
    case 'text':
      return { type: 'm.room.message', content: { msgtype: 'm.text', ...bodyOf(message, commandPrefix), ...mine } }
    case 'image':
    case 'video':
    case 'audio':
    case 'document':
      if (message.file === undefined || address === undefined) return undefined
      return { type: 'm.room.message', content: { ...fileContent(message.file, message, address, commandPrefix), ...mine } }
    case 'sticker':
      if (message.file === undefined || address === undefined) return undefined
      return {
        type: 'm.sticker',
        content: { body: safeName(message.file.fileName, commandPrefix), url: address, info: infoOf(message.file), ...mine },
      }
    case 'location': {
      const place = locationContent(message, commandPrefix)
      return place === undefined ? undefined : { type: 'm.room.message', content: { ...place, ...mine } }
    }
    case 'poll':
      return { type: 'org.matrix.msc3381.poll.start', content: { ...pollContent(fields(message.content['poll'])), ...mine } }
    case 'contacts':
    case 'template':
    case 'interactive':
    case 'interactive_reply':
    case 'system':
    case 'deleted':
    case 'unsupported':
      return undefined
  }
}

function relation(message: OutboundMessage): Readonly<Record<string, Json>> {
  return message.replyTo === undefined ? {} : { 'm.relates_to': { 'm.in_reply_to': { event_id: message.replyTo.id } } }
}

const messageTypes = { image: 'm.image', video: 'm.video', audio: 'm.audio', document: 'm.file', sticker: 'm.file' } as const

// A body that differs from the file's name is the caption (protocol/bridge.md 5.2).
function fileContent(file: OutboundFile, caption: Words, address: string, commandPrefix: string): Readonly<Record<string, Json>> {
  const name = safeName(file.fileName, commandPrefix)
  return {
    msgtype: messageTypes[file.type],
    filename: name,
    ...(caption.text === '' ? { body: name } : bodyOf(caption, commandPrefix, name)),
    url: address,
    info: infoOf(file),
    ...(file.voice
      ? { 'org.matrix.msc3245.voice': {}, 'org.matrix.msc1767.audio': file.durationMs === undefined ? {} : { duration: file.durationMs } }
      : {}),
  }
}

const gifMarks = {
  'fi.mau.gif': true,
  'fi.mau.loop': true,
  'fi.mau.autoplay': true,
  'fi.mau.hide_controls': true,
  'fi.mau.no_audio': true,
} as const

function infoOf(file: OutboundFile): Readonly<Record<string, Json>> {
  return {
    mimetype: file.voice && file.mimeType === 'audio/ogg' ? 'audio/ogg; codecs=opus' : file.mimeType,
    size: file.sizeBytes,
    ...(file.gif === true ? gifMarks : {}),
    ...(file.width === undefined ? {} : { w: file.width }),
    ...(file.height === undefined ? {} : { h: file.height }),
    ...(file.durationMs === undefined ? {} : { duration: file.durationMs }),
  }
}

// The name stands in the body of a file without a caption, where the bridge would look for a command too.
function safeName(name: string, commandPrefix: string): string {
  const line = name.replaceAll(/\p{Cc}/gu, ' ')
  return line.startsWith(commandPrefix) ? `_${line}` : line === '' ? 'file' : line
}

function locationContent(message: OutboundMessage, commandPrefix: string): Readonly<Record<string, Json>> | undefined {
  const place = fields(message.content['location'])
  const { latitude, longitude } = place
  if (typeof latitude !== 'number' || typeof longitude !== 'number') return undefined
  const words = [text(place['name']), text(place['address'])].filter((line) => line !== undefined && line !== '')
  const said = message.text === '' ? words.join('\n') : message.text
  const geo = `geo:${coordinate(latitude)},${coordinate(longitude)}`
  return { msgtype: 'm.location', ...bodyOf({ text: said === '' ? geo : said }, commandPrefix), geo_uri: geo }
}

function coordinate(value: number): string {
  return String(Number(value.toFixed(6)))
}

function pollContent(poll: Fields): Readonly<Record<string, Json>> {
  const question = text(poll['question']) ?? ''
  const options = list(poll['options']).flatMap((option) => filled(option) ?? [])
  const words = (said: string) => ({ 'org.matrix.msc1767.text': said })
  return {
    'org.matrix.msc3381.poll.start': {
      kind: 'org.matrix.msc3381.poll.disclosed',
      max_selections: Math.min(Math.max(count(poll['max_choices']) ?? 1, 1), Math.max(options.length, 1)),
      question: words(question),
      answers: options.map((option, index) => ({ id: String(index + 1), ...words(option) })),
    },
    ...words([question, ...options.map((option, index) => `${index + 1}. ${option}`)].join('\n')),
  }
}
