import type { FileLimits } from '../../../../contract/capability.ts'
import { fileTypes, type FileType } from '../../../../contract/content.ts'
import type { Json, Limits } from '../../provider.ts'
import { readRoom } from '../reading/facts.ts'
import { count, fields, isFields } from '../../../lib/fields.ts'

// A Matrix event may be 65,536 bytes as a whole; what is too long in bytes though not in characters is refused by `refusal`.
const longestText = 60_000

const voiceKind = 'org.matrix.msc3245.voice'
const kindOf: Record<FileType, string> = { image: 'm.image', video: 'm.video', audio: 'm.audio', document: 'm.file', sticker: 'm.sticker' }

const editAge = 15 * 60
const deleteAge = 2 * 24 * 3600

const MiB = 1024 * 1024
const formatting = ['bold', 'italic', 'strikethrough', 'code', 'quote', 'list']

/** What WhatsApp takes from a linked device when the bridge has not said it (protocol/bridge.md 5.2). */
export const defaultLimits: Limits = {
  text: { max_length: longestText, formatting },
  files: {
    image: { mime_types: ['image/jpeg', 'image/png', 'image/webp'], max_bytes: 100 * MiB, max_caption: longestText },
    video: { mime_types: ['video/mp4', 'video/3gpp'], max_bytes: 100 * MiB, max_caption: longestText },
    audio: { mime_types: ['audio/ogg', 'audio/mpeg', 'audio/mp4', 'audio/aac', 'audio/amr'], max_bytes: 100 * MiB, max_caption: 0 },
    document: { mime_types: ['*/*'], max_bytes: 100 * MiB, max_caption: longestText },
    sticker: { mime_types: ['image/webp'], max_bytes: 100 * MiB, max_caption: 0 },
  },
  voice: ['audio/ogg'],
  other: ['location', 'poll'],
  reply: true,
  reaction: true,
  edit: { max_age_seconds: editAge },
  delete_for_everyone: { max_age_seconds: deleteAge },
  read_receipts: true,
  typing: true,
}

/** The limits of a conversation by its `room:` fact. */
export function limitsOf(fact: Json): Limits {
  // What an earlier version has remembered of a room does not tell everything.
  return { ...defaultLimits, ...readRoom(fact)?.limits }
}

/**
 * The bridge's own list of what this room takes, the content of `com.beeper.room_features`. A level above 0 means that
 * it arrives; what the list leaves out is refused.
 */
export function readFeatures(content: unknown): Limits {
  const features = fields(content)
  const files = fields(features['file'])
  const longest = Math.min(count(features['max_text_length']) ?? longestText, longestText)
  const read = fileTypes.map((type) => [type, readFile(files[kindOf[type]], longest)] as const).filter(([, limits]) => limits !== undefined)
  return {
    text: { max_length: longest, formatting: isFields(features['formatting']) ? formatting : [] },
    files: Object.fromEntries(read) as Limits['files'],
    other: [
      ...(arrives(features['location_message']) ? (['location'] as const) : []),
      ...(arrives(features['poll']) ? (['poll'] as const) : []),
    ],
    voice: isFields(files[voiceKind]) ? voiceTypes(files[voiceKind]) : defaultLimits.voice,
    reply: arrives(features['reply']),
    reaction: arrives(features['reaction']),
    edit: arrives(features['edit']) && { max_age_seconds: count(features['edit_max_age']) ?? editAge },
    delete_for_everyone: arrives(features['delete']) && { max_age_seconds: count(features['delete_max_age']) ?? deleteAge },
    read_receipts: features['read_receipts'] === true,
    typing: features['typing_notifications'] === true,
  }
}

function voiceTypes(value: unknown): string[] {
  const types = Object.entries(fields(fields(value)['mime_types'])).filter(([, level]) => arrives(level))
  return [...new Set(types.map(([type]) => type.split(';')[0] ?? type))]
}

function readFile(value: unknown, longest: number): FileLimits | undefined {
  if (!isFields(value)) return undefined
  const types = Object.entries(fields(value['mime_types']))
    .filter(([, level]) => arrives(level))
    .map(([type]) => type)
  if (types.length === 0) return undefined
  const caption = arrives(value['caption']) ? Math.min(count(value['max_caption_length']) ?? longest, longest) : 0
  return { mime_types: types, max_bytes: Math.min(count(value['max_size']) ?? 100 * MiB, 2000 * MiB), max_caption: caption }
}

function arrives(level: unknown): boolean {
  return typeof level === 'number' && level > 0
}
