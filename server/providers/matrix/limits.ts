import type { FileLimits } from '../../../contract/capability.ts'
import { fileTypes, type FileType } from '../../../contract/content.ts'
import type { Json, Limits } from '../provider.ts'
import { readRoom } from './facts.ts'
import { count, fields, isFields } from './json.ts'

// A Matrix event may be 65,536 bytes as a whole; so many characters fit whatever they are.
const longestText = 16_000

const kindOf: Record<FileType, string> = { image: 'm.image', video: 'm.video', audio: 'm.audio', document: 'm.file', sticker: 'm.sticker' }

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
  other: ['location', 'poll'],
  reply: true,
}

/** The limits of a conversation by its `room:` fact. */
export function limitsOf(fact: Json): Limits {
  return readRoom(fact)?.limits ?? defaultLimits
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
    reply: arrives(features['reply']),
  }
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
