import type { Message } from '../../../../contract/message.ts'

/** How long an answer of a colleague is worth a question before one sends another, in milliseconds. */
const JUST_NOW_MS = 20_000
/** So many messages are looked through; before them nothing is recent. */
const LOOKED_AT = 20

/** What a colleague has just answered here, so that a customer is not answered twice; undefined where nobody has. `newest` comes last. */
export function justAnswered(messages: readonly (Message | undefined)[], now: number): Message | undefined {
  return messages
    .slice(-LOOKED_AT)
    .findLast(
      (message) =>
        message?.direction === 'outbound' &&
        !message.sender.is_me &&
        (message.origin === 'inbox' || message.origin === 'phone') &&
        now - Date.parse(message.sent_at) < JUST_NOW_MS,
    )
}
