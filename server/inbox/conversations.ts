import type { ConversationPatch } from '../../contract/conversation.ts'
import type { ChannelId, ConversationId, UserId } from '../../contract/ids.ts'
import { activitiesBetween, type ConversationState, insertActivities } from '../db/activities.ts'
import { appendEvents } from '../db/events.ts'
import type { Db, DbOrTx, Tx } from '../db/schema.ts'
import { transact } from '../db/transact.ts'
import type { Clock } from '../lib/clock.ts'
import { AppError } from '../lib/errors.ts'
import { type Actor, getConversationFor, visibleChannelIds } from './people/access.ts'

interface Deps {
  readonly db: Db
  readonly clock: Clock
}

/**
 * Assigns, closes, snoozes, labels. A time to snooze until snoozes; opening and closing end that. Throws not_found for what the actor
 * may not see, invalid_request for an assignee who may not see it or a time that has passed.
 */
export async function updateConversation(
  { db, clock }: Deps,
  actor: Actor,
  named: ConversationId,
  patch: ConversationPatch,
): Promise<void> {
  const { id, channel_id } = await getConversationFor(db, actor, named)
  if (patch.assignee_id != null) await checkAssignee(db, patch.assignee_id, channel_id)
  const now = new Date(clock())
  const { assignee_id, labels, metadata } = patch
  await transact(db, async (tx) => {
    const before = await lockState(tx, id)
    const after = await tx
      .updateTable('conversations')
      .set({
        updated_at: now,
        ...stateOf(patch, now),
        ...(assignee_id === undefined ? {} : { assignee_id }),
        ...(labels === undefined ? {} : { labels }),
        ...(metadata === undefined ? {} : { metadata: JSON.stringify(metadata) }),
      })
      .where('id', '=', id)
      .returning(['status', 'assignee_id', 'snoozed_until', 'labels'])
      .executeTakeFirstOrThrow()
    await insertActivities(tx, [id], actor.id, activitiesBetween(before, after), now)
    await appendEvents(tx, [{ type: 'conversation.updated', objectId: id, channelId: channel_id }], now)
  })
}

function lockState(tx: Tx, id: ConversationId): Promise<ConversationState> {
  return tx
    .selectFrom('conversations')
    .select(['status', 'assignee_id', 'snoozed_until', 'labels'])
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirstOrThrow()
}

/** Reopens what was snoozed until now, some at a time; true when there may be more. */
export async function reopenSnoozed({ db, clock }: Deps): Promise<boolean> {
  const atOnce = 200
  const now = new Date(clock())
  return transact(db, async (tx) => {
    const due = tx
      .selectFrom('conversations')
      .select('id')
      .where('snoozed_until', '<=', now)
      .orderBy('snoozed_until')
      .limit(atOnce)
      .forUpdate()
      .skipLocked()
    const reopened = await tx
      .updateTable('conversations')
      .set({ status: 'open', snoozed_until: null, updated_at: now })
      .where('id', 'in', due)
      .returning(['id', 'channel_id'])
      .execute()
    const changes = reopened.map((row) => ({ type: 'conversation.updated' as const, objectId: row.id, channelId: row.channel_id }))
    await insertActivities(
      tx,
      reopened.map((row) => row.id),
      null,
      [{ kind: 'reopened' }],
      now,
    )
    await appendEvents(tx, changes, now)
    return reopened.length === atOnce
  })
}

function stateOf(
  { status, snoozed_until }: ConversationPatch,
  now: Date,
): { status?: 'open' | 'snoozed' | 'closed'; snoozed_until?: Date | null } {
  if (snoozed_until == null)
    return status === undefined ? (snoozed_until === null ? { snoozed_until } : {}) : { status, snoozed_until: null }
  if (status !== undefined && status !== 'snoozed')
    throw wrong('/snoozed_until', 'unexpected', `A conversation that is ${status} has no time to snooze until.`)
  const until = new Date(snoozed_until)
  if (until <= now) throw wrong('/snoozed_until', 'past', 'This time has passed already.')
  return { status: 'snoozed', snoozed_until: until }
}

async function checkAssignee(db: DbOrTx, id: UserId, channel: ChannelId): Promise<void> {
  const user = await db
    .selectFrom('users')
    .select(['id', 'name', 'role'])
    .where('id', '=', id)
    .where('active', '=', true)
    .executeTakeFirst()
  if (user === undefined) throw wrong('/assignee_id', 'not_found', 'There is no such active person.')
  if (!(await visibleChannelIds(db, { kind: 'user', ...user })).includes(channel))
    throw wrong('/assignee_id', 'no_access', 'This person may not use the number of this conversation.')
}

function wrong(pointer: string, code: string, detail: string): AppError {
  return new AppError('invalid_request', detail, { fields: [{ pointer, code, detail }] })
}
