import type { ActivityKind } from '../../contract/activity.ts'
import type { ContactId, ConversationId, MessageId } from '../../contract/ids.ts'
import type { Counted, Time } from './columns.ts'

/** What stands beside messages and conversations: who in a group has them, what they said before, what was done with them. */
export interface BesideTables {
  message_receipts: { message_id: MessageId; contact_id: ContactId; delivered_at: Time; read_at: Time | null }
  receipt_news: { message_id: MessageId; due_at: Time }
  message_versions: { message_id: MessageId; written_at: Time; text: string }
  activities: {
    id: Counted
    conversation_id: ConversationId
    at: Time
    /** A person or an API key; null where it happened by itself. */
    actor_id: string | null
    kind: ActivityKind
    assignee_id: string | null
    until: Time | null
    added: string[]
    removed: string[]
  }
}
