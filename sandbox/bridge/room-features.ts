import type { JsonObject } from './json.ts'

const full = 2
const part = 1
const unsupported = 0
const dropped = -1
const rejected = -2
const maxSize = 2000 * 1024 * 1024
const maxText = 65_536

/** Newest age of a message that may still be edited or revoked, in seconds. */
export const editMaxAge = 15 * 60
export const deleteMaxAge = 2 * 24 * 3600

const timers = { types: ['after_send'], timers: [86_400_000, 604_800_000, 7_776_000_000] }

function file(types: Record<string, number>, caption: number): JsonObject {
  return { mime_types: types, caption, ...(caption === full ? { max_caption_length: maxText } : {}), max_size: maxSize }
}

/** What each kind of file message may hold, by MIME type, without ffmpeg (protocol/bridge.md 5.2). */
export const fileFeatures = {
  'm.image': { 'image/jpeg': full, 'image/png': part, 'image/webp': part, 'image/gif': rejected },
  'm.audio': { 'audio/mpeg': full, 'audio/mp4': full, 'audio/ogg': full, 'audio/aac': full, 'audio/amr': full },
  'org.matrix.msc3245.voice': { 'audio/ogg; codecs=opus': full, 'audio/ogg': unsupported },
  'm.sticker': { 'image/webp': full, 'image/png': part, 'image/jpeg': part, 'video/lottie+json': part },
  'fi.mau.gif': { 'video/mp4': full, 'image/gif': rejected },
  'm.video': { 'video/mp4': full, 'video/3gpp': full, 'video/webm': rejected, 'video/quicktime': rejected },
  'm.file': { '*/*': full },
} satisfies Record<string, Record<string, number>>

const captions: Record<string, number> = { 'm.audio': dropped, 'org.matrix.msc3245.voice': dropped, 'm.sticker': dropped }

/** Content of `com.beeper.room_features` (protocol/bridge.md 4.2), for a bridge without ffmpeg. */
export function roomFeatures(type: 'dm' | 'group'): JsonObject {
  const group = type === 'group'
  return {
    id: `fi.mau.whatsapp.capabilities.2026_07_22${group ? '' : '+dm'}`,
    formatting: {
      bold: full,
      italic: full,
      strikethrough: full,
      inline_code: full,
      code_block: full,
      user_link: full,
      unordered_list: full,
      ordered_list: full,
      'ordered_list.start': full,
      blockquote: full,
      inline_link: part,
      headers: part,
    },
    file: Object.fromEntries(Object.entries(fileFeatures).map(([kind, types]) => [kind, file(types, captions[kind] ?? full)])),
    state: {
      ...(group ? { 'm.room.name': { level: full }, 'm.room.avatar': { level: full }, 'm.room.topic': { level: full } } : {}),
      'com.beeper.disappearing_timer': { level: full },
    },
    ...(group ? { member_actions: { invite: full, kick: full, leave: full } } : {}),
    max_text_length: maxText,
    location_message: full,
    poll: full,
    reply: full,
    edit: full,
    edit_max_age: editMaxAge,
    delete: full,
    delete_max_age: deleteMaxAge,
    reaction: full,
    reaction_count: 1,
    read_receipts: true,
    typing_notifications: true,
    disappearing_timer: timers,
    delete_chat: true,
  }
}
