import { sql } from 'kysely'
import type { DraftInput, DraftMode } from '../../contract/draft.ts'
import type { ChannelId, ConversationId, UserId } from '../../contract/ids.ts'
import { toJsonb } from '../lib/json.ts'
import { appendEvents, type Change } from './events.ts'
import type { Tx } from './schema.ts'

/** The line of the feed that tells one person of a draft of theirs. */
export function draftChanged(userId: UserId, conversation: ConversationId, mode: DraftMode, channelId: ChannelId): Change {
  return { type: 'draft.updated', objectId: `${userId} ${conversation} ${mode}`, channelId, userId }
}

/** Keeps a draft in place of the one that was there; one that says nothing and answers nothing is removed. */
export async function putDraft(tx: Tx, user: UserId, conversation: ConversationId, draft: DraftInput, now: Date): Promise<void> {
  const { mode, text, reply_to_id = null, mentions } = draft
  if (text === '' && reply_to_id === null) {
    await sql`delete from drafts where user_id = ${user} and conversation_id = ${conversation} and mode = ${mode}`.execute(tx)
    return
  }
  const row = { text, reply_to_id, mentions: mentions === undefined ? null : toJsonb(mentions), updated_at: now }
  await tx
    .insertInto('drafts')
    .values({ user_id: user, conversation_id: conversation, mode, ...row })
    .onConflict((conflict) => conflict.columns(['user_id', 'conversation_id', 'mode']).doUpdateSet(row))
    .execute()
}

export async function deleteDraftsOf(tx: Tx, user: UserId): Promise<void> {
  await tx.deleteFrom('drafts').where('user_id', '=', user).execute()
}

/** Removes what anybody has begun to write in a conversation. */
export async function deleteDraftsIn(tx: Tx, conversation: ConversationId, now: Date): Promise<void> {
  const { rows } = await sql<{ user_id: UserId; mode: DraftMode; channel_id: ChannelId }>`delete from drafts d using conversations c
    where d.conversation_id = ${conversation} and c.id = d.conversation_id returning d.user_id, d.mode, c.channel_id`.execute(tx)
  await appendEvents(
    tx,
    rows.map((row) => draftChanged(row.user_id, conversation, row.mode, row.channel_id)),
    now,
  )
}

/** Moves drafts into the conversation that another one became part of; where somebody has one there already, that stands. */
export async function moveDrafts(tx: Tx, from: ConversationId, to: ConversationId): Promise<void> {
  await sql`update drafts d set conversation_id = ${to} where conversation_id = ${from}
    and not exists (select from drafts k where k.conversation_id = ${to} and k.user_id = d.user_id and k.mode = d.mode)`.execute(tx)
  await sql`delete from drafts where conversation_id = ${from}`.execute(tx)
}
