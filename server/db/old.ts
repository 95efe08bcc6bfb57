import { sql } from 'kysely'
import type { ChannelId, ConversationId, MediaId, MessageId } from '../../contract/ids.ts'
import { appendEvents } from './events.ts'
import type { DbOrTx, Tx } from './schema.ts'

/** The oldest messages that were sent before a time, at most `limit`, without those that are still on their way. */
export async function listOldMessages(db: DbOrTx, before: Date, limit: number): Promise<readonly MessageId[]> {
  const { rows } = await sql<{ id: MessageId }>`select m.id from channels c cross join lateral (
      select id from messages where channel_id = c.id and sent_at < ${before}
        and not exists (select from outbox o where o.message_id = messages.id) order by sent_at, id limit ${limit}
    ) m limit ${limit}`.execute(db)
  return rows.map((row) => row.id)
}

/** The files of messages. */
export async function listFilesOf(db: DbOrTx, messages: readonly MessageId[]): Promise<readonly MediaId[]> {
  const { rows } = await sql<{ id: MediaId }>`select id from media where message_id = any(${messages}::text[])`.execute(db)
  return rows.map((row) => row.id)
}

/** Deletes messages with all that hangs on them; a conversation whose last one goes is silent from then on, in its place in the list. */
export async function deleteMessages(tx: Tx, ids: readonly MessageId[], now: Date): Promise<void> {
  const { rows: deleted } = await sql<{
    id: ConversationId
  }>`delete from messages where id = any(${ids}::text[]) returning conversation_id as id`.execute(tx)
  const conversations = [...new Set(deleted.map((row) => row.id))]
  const { rows } = await sql<{
    id: ConversationId
    channel_id: ChannelId
  }>`update conversations set last_message_id = null, unread_count = 0, updated_at = ${now}
    where id = any(${conversations}::text[]) and last_message_id = any(${ids}::text[]) returning id, channel_id`.execute(tx)
  await appendEvents(
    tx,
    rows.map((row) => ({ type: 'conversation.updated', objectId: row.id, channelId: row.channel_id })),
    now,
  )
}

/** The oldest files of messages that came before a time, at most `limit`. */
export async function listOldFiles(db: DbOrTx, before: Date, limit: number): Promise<readonly MediaId[]> {
  const { rows } = await sql<{
    id: MediaId
  }>`select id from media where status = 'ready' and message_id is not null and created_at < ${before}
    order by created_at limit ${limit}`.execute(db)
  return rows.map((row) => row.id)
}

/** Says of files that they are here no more. */
export async function expireFiles(tx: Tx, ids: readonly MediaId[], now: Date): Promise<void> {
  const { rows } = await sql<{ id: MessageId; channel_id: ChannelId }>`with gone as (
      update media set status = 'expired', ref = null where id = any(${ids}::text[]) returning message_id
    ) select distinct m.id, m.channel_id from messages m join gone on gone.message_id = m.id`.execute(tx)
  await appendEvents(
    tx,
    rows.map((row) => ({ type: 'message.updated', objectId: row.id, channelId: row.channel_id })),
    now,
  )
}
