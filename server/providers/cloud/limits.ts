import type { FileLimits } from '../../../contract/capability.ts'
import type { FileType } from '../../../contract/content.ts'
import type { Json, Limits } from '../provider.ts'
import { readChat } from './reading/facts.ts'

const kB = 1_024
const MB = 1_024 * kB

const longestCaption = 1_024

/** What WhatsApp takes as a file (`protocol/meta.md` 3.2). Other documents than those listed are not documented, and most are taken. */
const files: Readonly<Record<FileType, FileLimits>> = {
  image: { mime_types: ['image/jpeg', 'image/png'], max_bytes: 5 * MB, max_caption: longestCaption },
  video: { mime_types: ['video/mp4', 'video/3gpp'], max_bytes: 16 * MB, max_caption: longestCaption },
  audio: { mime_types: ['audio/aac', 'audio/amr', 'audio/mpeg', 'audio/mp4', 'audio/ogg'], max_bytes: 16 * MB, max_caption: 0 },
  document: { mime_types: ['*/*'], max_bytes: 100 * MB, max_caption: longestCaption },
  sticker: { mime_types: ['image/webp'], max_bytes: 500 * kB, max_caption: 0 },
}

const direct: Limits = {
  windowed: true,
  text: { max_length: 4_096, formatting: ['bold', 'italic', 'strikethrough', 'code', 'quote', 'list'] },
  files,
  voice: ['audio/ogg'],
  other: ['location', 'contacts', 'template', 'interactive'],
  reply: true,
  reaction: true,
  edit: false,
  delete_for_everyone: false,
  read_receipts: true,
  typing: true,
}

/** Groups take texts, files and templates, and nobody there sees what we have read (`protocol/meta.md` 3.2, 3.5). */
const group: Limits = { ...direct, other: ['template'], reaction: false, read_receipts: false, typing: false }

/** The limits of a conversation by its `chat:` fact. */
export function limitsOf(fact: Json): Limits {
  return readChat(fact)?.group === true ? group : direct
}

/** The longest text beside buttons, and beside a list. */
export const longestBody = { buttons: 1_024, list: 4_096, link: 1_024, ask_location: 1_024 } as const
