import type { Draft, DraftMode } from '../../contract/draft.ts'
import type { AuditAction, AuditEntry } from '../../contract/audit.ts'
import type { AuditId, CannedReplyId, ConversationId, LabelId, MessageId, NoteId, UserId } from '../../contract/ids.ts'
import type { LabelColour } from '../../contract/label.ts'
import type { ColleaguesInput } from '../../contract/note.ts'
import type { Json, Time } from './columns.ts'

/** What colleagues keep beside conversations, and what is kept of their deeds. */
export interface TeamTables {
  notes: {
    id: NoteId
    conversation_id: ConversationId
    /** A person or an API key. */
    author_id: string
    text: string
    mentions: Json<ColleaguesInput>
    created_at: Time
    edited_at: Time | null
    deleted_at: Time | null
  }
  canned_replies: {
    id: CannedReplyId
    shortcut: string
    title: string
    text: string
    /** Null for the team's. */
    owner_id: UserId | null
    created_at: Time
    updated_at: Time
  }
  labels: { id: LabelId; name: string; colour: LabelColour; created_at: Time }
  audit: {
    id: AuditId
    at: Time
    actor_id: string | null
    actor_name: string | null
    action: AuditAction
    target_id: string | null
    fields: string[]
    values: Json<AuditEntry['values']>
    address: string | null
    outcome: AuditEntry['outcome']
    code: string | null
  }
  drafts: {
    user_id: UserId
    conversation_id: ConversationId
    mode: DraftMode
    text: string
    reply_to_id: MessageId | null
    mentions: Json<NonNullable<Draft['mentions']>> | null
    updated_at: Time
  }
}
