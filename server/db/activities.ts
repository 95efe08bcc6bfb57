import type { ActivityKind } from '../../contract/activity.ts'
import type { ConversationId, UserId } from '../../contract/ids.ts'
import type { Tx } from './schema.ts'

/** What a conversation was before and is now, as far as people set it. */
export interface ConversationState {
  readonly status: 'open' | 'snoozed' | 'closed'
  readonly assignee_id: UserId | null
  readonly snoozed_until: Date | null
  readonly labels: readonly string[]
}

export interface NewActivity {
  readonly kind: ActivityKind
  readonly assignee_id?: UserId | null
  readonly until?: Date | null
  readonly added?: readonly string[]
  readonly removed?: readonly string[]
}

/** What has been done, given how it was before. Pure. */
export function activitiesBetween(before: ConversationState, after: ConversationState): readonly NewActivity[] {
  const added = after.labels.filter((label) => !before.labels.includes(label))
  const removed = before.labels.filter((label) => !after.labels.includes(label))
  const isPutOff = after.status === 'snoozed' && after.snoozed_until?.getTime() !== before.snoozed_until?.getTime()
  return [
    ...(after.assignee_id === before.assignee_id ? [] : [{ kind: 'assigned' as const, assignee_id: after.assignee_id }]),
    ...(isPutOff || (after.status === 'snoozed' && before.status !== 'snoozed')
      ? [{ kind: 'snoozed' as const, until: after.snoozed_until }]
      : []),
    ...(after.status !== 'snoozed' && after.status !== before.status
      ? [{ kind: after.status === 'closed' ? ('closed' as const) : ('reopened' as const) }]
      : []),
    ...(added.length + removed.length === 0 ? [] : [{ kind: 'labelled' as const, added, removed }]),
  ]
}

/** Writes down what was done with conversations; `actor` is a person or a key, null where it happened by itself. */
export async function insertActivities(
  tx: Tx,
  conversations: readonly ConversationId[],
  actor: string | null,
  done: readonly NewActivity[],
  at: Date,
): Promise<void> {
  const rows = conversations.flatMap((conversation_id) =>
    done.map(({ kind, assignee_id = null, until = null, added = [], removed = [] }) => ({
      conversation_id,
      at,
      actor_id: actor,
      kind,
      assignee_id,
      until,
      added: [...added],
      removed: [...removed],
    })),
  )
  if (rows.length > 0) await tx.insertInto('activities').values(rows).execute()
}
