import Type, { type Static } from 'typebox'
import type { ConversationId } from './ids.ts'
import { id, named, oneOf, page, PageQuery, ref, strict, Time } from './schema.ts'

export const activityKinds = ['assigned', 'closed', 'reopened', 'snoozed', 'labelled'] as const
export type ActivityKind = (typeof activityKinds)[number]

const Who = Type.Object({ id: Type.String(), name: Type.String() })

/**
 * One thing that was done with a conversation. Without `actor` it happened by itself: the contact wrote, or the time was over. `assigned` without
 * `assignee`: to nobody. `snoozed` has `until`; `labelled` which labels were added and removed.
 */
export const Activity = named(
  'Activity',
  Type.Object({
    id: Type.String(),
    at: Time,
    actor: Type.Optional(Who),
    kind: oneOf(activityKinds),
    assignee: Type.Optional(Who),
    until: Type.Optional(Time),
    added: Type.Optional(Type.Array(Type.String())),
    removed: Type.Optional(Type.Array(Type.String())),
  }),
)
export type Activity = Static<typeof Activity>

/** The call that reads what was done with a conversation. */
export const activityOperations = {
  listActivity: {
    summary: 'What was done with a conversation, by whom and when, the latest first; as old as the audit log at most',
    access: 'user',
    scope: 'messages:read',
    params: strict({ conversation_id: id<ConversationId>('cnv_') }),
    query: strict(PageQuery),
    response: { 200: page(ref(Activity)) },
  },
} as const
