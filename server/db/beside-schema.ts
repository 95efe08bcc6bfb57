import type { ContactId, MessageId } from '../../contract/ids.ts'
import type { Counted, Time } from './columns.ts'

/** What stands beside messages: who in a group has them, and what they said before; and how the last day went. */
export interface BesideTables {
  message_receipts: { message_id: MessageId; contact_id: ContactId; delivered_at: Time; read_at: Time | null }
  receipt_news: { message_id: MessageId; due_at: Time }
  message_versions: { message_id: MessageId; written_at: Time; text: string }
  measures: {
    minute: Time
    ingest_lag_ms: Counted
    outbound_waiting: number
    sends_failed: number
    events: number
  }
}
