import type { InboundContent, InboundMention, Sender } from '../../provider.ts'
import { readFile } from './file-in.ts'
import { count, type Fields, fields, filled, isFields, present, text } from '../../../lib/fields.ts'
import { readPoll } from './poll-in.ts'
import { readText } from './text-in.ts'
import type { RichText } from './html.ts'

/** A message's content, whether it was forwarded, and whether it was understood: what was not is worth to be read again. */
export interface ReadContent {
  readonly content: InboundContent
  readonly forwarded: boolean
  readonly understood: boolean
}

/** Who a user id stands for; undefined for those who have no business in a chat. */
export type FindPerson = (userId: string) => Sender | undefined

/** What an `m.room.message` says (protocol/bridge.md 5.1). What it cannot be read as is `unsupported`, with its words. */
export function readMessage(content: Fields, find: FindPerson): ReadContent {
  const type = text(content['msgtype']) ?? ''
  const special = readPoll(content) ?? readAnswer(content) ?? readBusiness(content) ?? readAction(content)
  if (special !== undefined) return { content: special, forwarded: false, understood: true }
  const missing = placeholder(content)
  if (missing !== undefined) return unsupported(missing, content)
  switch (type) {
    case 'm.text':
    case 'm.emote':
      return readWords(content, find)
    case 'm.notice':
      // What happened, in words alone: what they mean may be known one day.
      return { content: { type: 'system', text: readText(content).text }, forwarded: false, understood: false }
    case 'm.image':
    case 'm.video':
    case 'm.audio':
    case 'm.file': {
      const read = readFile(fileTypeOf[type], content)
      if (read === undefined) return unsupported(type, content)
      const { file, caption, forwarded } = read
      const said = caption.text === '' ? {} : { text: caption.text, ...namesIn(caption, content, find) }
      return { content: { type: fileTypeOf[type], files: [file], ...said }, forwarded, understood: true }
    }
    case 'm.location':
      return readLocation(content) ?? unsupported(type, content)
    default:
      return unsupported(type === '' ? 'm.room.message' : type, content)
  }
}

/** What an `m.sticker` says. */
export function readSticker(content: Fields): ReadContent {
  const read = readFile('sticker', { ...content, filename: content['body'] })
  if (read === undefined) return unsupported('m.sticker', content)
  return { content: { type: 'sticker', files: [read.file] }, forwarded: read.forwarded, understood: true }
}

/** Something that has arrived and cannot be shown; `fallback` is what the bridge wrote in its place. */
export function unsupported(originalType: string, content: Fields): ReadContent {
  const fallback = readText(content).text.slice(0, 4_096)
  const names = { original_type: originalType, ...(fallback === '' ? {} : { fallback }) }
  return { content: { type: 'unsupported', unsupported: names }, forwarded: false, understood: false }
}

const fileTypeOf = { 'm.image': 'image', 'm.video': 'video', 'm.audio': 'audio', 'm.file': 'document' } as const

function readWords(content: Fields, find: FindPerson): ReadContent {
  const read = readText(content)
  const invite = present({ group_invite: readInvite(content['fi.mau.whatsapp.invite']) })
  return {
    content: { type: 'text', text: read.text, ...namesIn(read, content, find), ...invite },
    forwarded: read.forwarded,
    understood: true,
  }
}

// A name without a link in the text has no place there; the list beside it adds nothing but "everyone".
function namesIn(read: RichText, content: Fields, find: FindPerson) {
  const mentions = read.mentions.flatMap(({ user, offset, length }): readonly InboundMention[] => {
    const person = find(user)
    return person === undefined ? [] : [{ person, offset, length }]
  })
  return present({
    mentions: mentions.length === 0 ? undefined : mentions,
    mentions_everyone: fields(content['m.mentions'])['room'] === true ? true : undefined,
  })
}

// The code that opens the group stays with the bridge.
function readInvite(invite: unknown) {
  if (!isFields(invite)) return undefined
  const seconds = Number(invite['expiration'])
  const expires = Number.isSafeInteger(seconds) && seconds > 0 && seconds < 1e10 ? new Date(seconds * 1_000).toISOString() : undefined
  return present({ name: text(invite['group_name'])?.slice(0, 256) ?? '', expires_at: expires })
}

function readLocation(content: Fields): ReadContent | undefined {
  const place = /^geo:(-?\d{1,3}(?:\.\d{1,12})?),(-?\d{1,3}(?:\.\d{1,12})?)(?:[,;]|$)/.exec(text(content['geo_uri']) ?? '')
  const latitude = Number(place?.[1])
  const longitude = Number(place?.[2])
  if (place === null || Math.abs(latitude) > 90 || Math.abs(longitude) > 180) return undefined
  const plain = fields({ ...content, format: undefined })
  const { text: words, forwarded } = readText(plain)
  const [name, ...rest] = words
    .replace(/^Location: /, '')
    .split('\n')
    .filter((line) => line !== '' && !/^(https?:|geo:)/.test(line))
  const address = rest.join(', ')
  const named = {
    ...(name === undefined ? {} : { name: name.slice(0, 256) }),
    ...(address === '' ? {} : { address: address.slice(0, 512) }),
  }
  return { content: { type: 'location', location: { latitude, longitude, ...named } }, forwarded, understood: true }
}

const answers: readonly (readonly [key: string, id: string])[] = [
  ['fi.mau.whatsapp.template_button_reply', 'id'],
  ['fi.mau.whatsapp.buttons_response_message', 'selected_button_id'],
  ['fi.mau.whatsapp.interactive_response_message', 'id'],
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

// A business's message with things to press: the bridge writes them into the text, where nothing tells them from it. With a file it is the
// file that counts.
function readBusiness(content: Fields): InboundContent | undefined {
  const isText = content['msgtype'] === 'm.text' && filled(content['fi.mau.whatsapp.business_message_type']) !== undefined
  return isText ? { type: 'interactive', text: readText(content).text, interactive: { buttons: [] } } : undefined
}

// A call that came in, a changed timer: something that happened, said by nobody.
function readAction(content: Fields): InboundContent | undefined {
  const action = content['com.beeper.action_message']
  if (!isFields(action)) return undefined
  const { text: words } = readText(content)
  switch (action['type']) {
    case 'call':
      return { type: 'system', text: words, system: { event: 'call', video: action['call_type'] === 'video' } }
    case 'disappearing_timer':
      return {
        type: 'system',
        text: words,
        system: { event: 'disappearing_timer', seconds: Math.round((count(action['timer']) ?? 0) / 1_000) },
      }
    default:
      return { type: 'system', text: words }
  }
}

// What the bridge puts in place of a message that it could not bring, by its structured marks (protocol/bridge.md 5.1).
function placeholder(content: Fields): string | undefined {
  if (content['fi.mau.whatsapp.undecryptable'] === true) return 'undecryptable'
  const media = content['fi.mau.whatsapp.failed_media']
  if (media !== undefined) return (filled(fields(media)['type_description']) ?? filled(fields(media)['type']) ?? 'media').slice(0, 128)
  if (content['fi.mau.whatsapp.unsupported_message_data'] !== undefined) return 'unknown'
  if (content['fi.mau.bridge.internal_error'] !== undefined) return 'bridge_error'
  return content['file'] === undefined ? undefined : 'encrypted'
}
