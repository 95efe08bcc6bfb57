import type { Conversation } from '../../contract/conversation.ts'
import type { UserId } from '../../contract/ids.ts'
import type { Message } from '../../contract/message.ts'
import type { Preferences } from '../data/preferences.ts'

/** What was said longer ago is no news, in milliseconds: it came with an import or while the connection was away. */
const NEWS_MS = 60_000

interface Telling {
  readonly conversation: Conversation
  readonly rule: Preferences['notify']
  readonly me: UserId
  readonly now: number
}

/** Whether a message is worth a notification for this person. */
export function isWorthTelling(message: Message, { conversation, rule, me, now }: Telling): boolean {
  if (rule === 'off' || message.direction !== 'inbound' || message.origin !== 'contact') return false
  if (now - Date.parse(message.sent_at) > NEWS_MS) return false
  const { assignee_id } = conversation
  return rule === 'all' || assignee_id === undefined || assignee_id === me
}
