import type { Message } from '../../contract/message.ts'

/**
 * How far apart two neighbours of one album may be, in milliseconds. No network says what was chosen together: a phone sends its pictures one
 * by one, seconds apart, and ours go as each is uploaded.
 */
const TOGETHER_MS = 30_000

/**
 * With which neighbours a picture or film may stand in one grid: those of whom this says the same. Absent where it stands alone. Words, a quote
 * and a picture that moves by itself would be lost in a cell, and what came otherwise (forwarded, from the phone) is said of the whole grid.
 */
export function albumOf(message: Message): string | undefined {
  if (message.type !== 'image' && message.type !== 'video') return undefined
  const [file] = message.attachments
  if (message.text || message.reply_to || file?.gif === true) return undefined
  const { direction, sender, origin, forwarded } = message
  return [direction, sender.id, origin, forwarded === true].join(' ')
}

/** What is known of a row of a thread. */
interface Placed {
  readonly at: string
  readonly album?: string
}

/** Whether a picture stands in one grid with what is before it. */
export function joinsAlbum(before: Placed, after: Placed): boolean {
  return after.album !== undefined && after.album === before.album && Date.parse(after.at) - Date.parse(before.at) <= TOGETHER_MS
}
