import type { Message } from '../../../../contract/message.ts'

/** Messages of one person within this time stand together, in milliseconds. */
const TOGETHER_MS = 5 * 60_000

/** Whether these two, one after the other on the same day, stand together as said in one breath. */
export function standTogether(before: Message, after: Message): boolean {
  if (before.type === 'system' || after.type === 'system') return false
  if (before.direction !== after.direction || before.sender.id !== after.sender.id || before.origin !== after.origin) return false
  return Math.abs(Date.parse(after.sent_at) - Date.parse(before.sent_at)) <= TOGETHER_MS
}

/** One of the colours in which names of a group are written, always the same for the same person. */
export function colourOf(id: string): 1 | 2 | 3 | 4 | 5 | 6 {
  let sum = 0
  for (const sign of id) sum = (sum * 31 + (sign.codePointAt(0) ?? 0)) % 1_000_003
  return ((sum % 6) + 1) as 1 | 2 | 3 | 4 | 5 | 6
}
