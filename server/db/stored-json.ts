import type { ContentType, MentionsInput } from '../../contract/content.ts'
import type { ContactId, ConversationId, ExternalId, UserId } from '../../contract/ids.ts'

/** What a merge of contacts has changed, so that it can be undone. */
export interface MovedByMerge {
  readonly addresses: readonly { readonly type: string; readonly value: string }[]
  readonly conversations: readonly ConversationId[]
  /** Contacts that had been merged into the merged one before. */
  readonly followers: readonly ContactId[]
  readonly before: ContactFields
  readonly after: ContactFields
}

/** What people may change about a contact. */
export interface ContactFields {
  readonly name: string
  readonly is_named: boolean
  readonly phone: string | null
  readonly username: string | null
  readonly external_id: string | null
  readonly metadata: Readonly<Record<string, string>>
}

/** What is asked: an emoji (null takes the reaction back), a new text, or nothing more than the deed itself. */
export interface DeedContent {
  readonly emoji?: string | null
  readonly text?: string
  readonly mentions?: MentionsInput
}

/** What a message showed before a deed: its own content, or our reaction to it. Times are RFC 3339. */
export type Before =
  | {
      readonly message: { readonly type: ContentType; readonly content: unknown; readonly text: string; readonly edited_at: string | null }
    }
  | { readonly reaction: OurReaction | null }
export interface OurReaction {
  readonly emoji: string
  /** The network's id of it; the deed's own, as long as the network has given none. */
  readonly external_id: ExternalId
  readonly user_id: UserId | null
  readonly at: string
}
