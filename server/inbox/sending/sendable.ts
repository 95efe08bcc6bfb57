import type { FileLimits } from '../../../contract/capability.ts'
import type { ContentType, FileType } from '../../../contract/content.ts'
import { fileTypes } from '../../../contract/content.ts'
import type { MessageInput } from '../../../contract/message.ts'
import { AppError, type FieldError } from '../../lib/errors.ts'
import type { Limits } from '../../providers/provider.ts'

/** A file that somebody wants to send. */
export interface FileToSend {
  readonly mime_type: string
  readonly size_bytes: number
  readonly voice: boolean
  readonly gif: boolean
  /** Of a voice note: whether it is what WhatsApp plays, can be made so here, or neither. */
  readonly recording?: 'ready' | 'convertible' | 'stuck'
}
type SendableType = NonNullable<MessageInput['type']>

/** What the type of a message is when its sender did not say: the file's, or text. */
export function typeOf(input: MessageInput, file: FileToSend | undefined): SendableType {
  if (input.type !== undefined) return input.type
  if (input.template !== undefined) return 'template'
  if (input.interactive !== undefined) return 'interactive'
  if (file !== undefined) return fileTypeOf(file)
  if (input.location !== undefined) return 'location'
  if (input.contacts !== undefined) return 'contacts'
  if (input.poll !== undefined) return 'poll'
  return 'text'
}

function fileTypeOf(file: FileToSend): FileType {
  if (file.voice) return 'audio'
  const [kind] = file.mime_type.split('/')
  return kind === 'image' || kind === 'video' || kind === 'audio' ? kind : 'document'
}

/**
 * Refuses what this conversation cannot take, before anything is stored: `invalid_request` for what does not fit together,
 * `unsupported` and `media_too_large` for what the network would refuse.
 */
export function checkSendable(type: SendableType, input: MessageInput, file: FileToSend | undefined, limits: Limits): void {
  checkFits(type, input, file)
  const text = input.text ?? ''
  if (isFileType(type) && file !== undefined) {
    const isNote = type === 'audio' && file.voice
    if (isNote) checkVoiceNote(file, limits)
    checkFile(type, file, text, limits.files[type], isNote)
  } else if (text.length > limits.text.max_length) {
    throw new AppError('unsupported', `The text is longer than ${limits.text.max_length} characters. Send it in parts.`, {
      fields: [{ pointer: '/text', code: 'too_long', detail: `at most ${limits.text.max_length} characters` }],
    })
  }
  if (type in plain && !limits.other.some((other) => other === type)) {
    throw new AppError('unsupported', `${plain[type as keyof typeof plain]} cannot be sent from this number.`)
  }
  if (input.reply_to_id !== undefined && !limits.reply) throw new AppError('unsupported', 'Replies cannot be sent in this conversation.')
}

const plain = {
  location: 'Places',
  contacts: 'Contact cards',
  poll: 'Polls',
  template: 'Templates',
  interactive: 'Messages with buttons',
} as const

function checkVoiceNote({ mime_type, recording }: FileToSend, limits: Limits): void {
  if (limits.voice.length === 0) throw new AppError('unsupported', 'Voice notes cannot be sent in this conversation.')
  if (recording === 'stuck') {
    throw new AppError(
      'unsupported',
      `WhatsApp takes a voice note only as Opus in Ogg, and this server has no ffmpeg to make that of ${mime_type}. Install ffmpeg on the server, or send the recording as a document.`,
    )
  }
}

/** Refuses a message whose parts do not fit together. Throws invalid_request. */
export function checkFits(type: SendableType, input: MessageInput, file: FileToSend | undefined): void {
  const wrong = misfits(type, input, file)
  if (wrong.length > 0) throw new AppError('invalid_request', 'The message does not fit its type.', { fields: wrong })
}

const parts = ['attachments', 'location', 'contacts', 'poll', 'template', 'interactive'] as const

function misfits(type: SendableType, input: MessageInput, file: FileToSend | undefined): readonly FieldError[] {
  const required = (pointer: string): FieldError => ({ pointer, code: 'required', detail: `a message of the type ${type} needs it` })
  const unexpected = (pointer: string): FieldError => ({ pointer, code: 'unexpected', detail: `a message of the type ${type} has none` })
  const key = isFileType(type) ? 'attachments' : parts.find((part) => part === type)
  const missing = key !== undefined && (key === 'attachments' ? file === undefined : input[key] === undefined) ? [required(`/${key}`)] : []
  const isSpoken = type === 'text' || type === 'interactive'
  const empty = isSpoken && (input.text ?? '').trim() === '' ? [required('/text')] : []
  const spoken = type === 'template' && input.text !== undefined ? [unexpected('/text')] : []
  const ofHeader = type === 'template' ? ['attachments', 'location'] : []
  const extra = parts
    .filter((part) => part !== key && !ofHeader.includes(part) && input[part] !== undefined)
    .map((part) => unexpected(`/${part}`))
  const named = (input.mentions?.length ?? 0) > 0 && type !== 'text' && !isFileType(type) ? [unexpected('/mentions')] : []
  const { poll } = input
  const choices =
    poll !== undefined && poll.max_choices > poll.options.length
      ? [{ pointer: '/poll/max_choices', code: 'too_many', detail: `the poll has ${poll.options.length} options` }]
      : []
  const still =
    file?.gif === true && type !== 'video'
      ? [{ pointer: '/attachments/0/gif', code: 'unexpected', detail: 'only a video can play as a gif' }]
      : []
  return [...missing, ...empty, ...spoken, ...extra, ...named, ...choices, ...still, ...misfitsOfButtons(input.interactive)]
}

function misfitsOfButtons(given: MessageInput['interactive']): readonly FieldError[] {
  if (given === undefined) return []
  const { buttons, list, link, ask_location } = given
  const wrong = (pointer: string, code: string, detail: string): FieldError => ({ pointer: `/interactive${pointer}`, code, detail })
  const ways = [buttons, list, link, ask_location].filter((way) => way !== undefined)
  if (ways.length !== 1) return [wrong('', 'required', 'give exactly one of buttons, list, link and ask_location')]
  const rows = list?.sections.flatMap((section) => section.rows) ?? []
  const same = (all: readonly string[]) => new Set(all).size < all.length
  return [
    ...(buttons?.length === 0 ? [wrong('/buttons', 'required', 'one to three buttons')] : []),
    ...(buttons?.some(({ title }) => title.length > 20) === true
      ? [wrong('/buttons', 'too_long', 'a title of at most 20 characters')]
      : []),
    ...(same(buttons?.map(({ title }) => title) ?? []) ? [wrong('/buttons', 'duplicate', 'every title once')] : []),
    ...(same((buttons ?? rows).map(({ id }) => id))
      ? [wrong(list === undefined ? '/buttons' : '/list', 'duplicate', 'every id once')]
      : []),
    ...(rows.length > 10 ? [wrong('/list', 'too_many', 'at most 10 rows in all')] : []),
    ...(list !== undefined && list.sections.length > 1 && list.sections.some(({ title }) => title === undefined)
      ? [wrong('/list/sections', 'required', 'every section a title, where there are several')]
      : []),
  ]
}

/** Refuses what can only be said while the contact's window is open. Throws window_closed. */
export function checkWindow(type: ContentType, isOpen: boolean): void {
  if (isOpen || type === 'template') return
  throw new AppError(
    'window_closed',
    'WhatsApp lets us write freely only for 24 hours after the contact has written. Send a template, or wait until the contact writes.',
  )
}

function checkFile(type: FileType, file: FileToSend, caption: string, limits: FileLimits | undefined, anyType: boolean): void {
  if (limits === undefined) throw new AppError('unsupported', `Files of the type ${type} cannot be sent in this conversation.`)
  const [mime = ''] = file.mime_type.split(';')
  if (!anyType && !limits.mime_types.some((pattern) => matches(pattern, mime))) {
    throw new AppError('unsupported', `WhatsApp does not take ${mime} as ${type}. Send it as a document.`)
  }
  if (file.size_bytes > limits.max_bytes) {
    throw new AppError(
      'media_too_large',
      `The file is larger than ${Math.floor(limits.max_bytes / 1e6)} MB, the most that can be sent here.`,
    )
  }
  if (limits.max_caption !== undefined && caption.length > limits.max_caption) {
    const detail =
      limits.max_caption === 0
        ? `Nothing can be written under files of the type ${type}.`
        : `At most ${limits.max_caption} characters can be written under it.`
    throw new AppError('unsupported', detail, { fields: [{ pointer: '/text', code: 'too_long', detail }] })
  }
}

function matches(pattern: string, mime: string): boolean {
  const [bare = ''] = pattern.split(';')
  return bare === '*/*' || bare === mime || (bare.endsWith('/*') && mime.startsWith(bare.slice(0, -1)))
}

function isFileType(type: string): type is FileType {
  return (fileTypes as readonly string[]).includes(type)
}
