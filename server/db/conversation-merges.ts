import { sql } from 'kysely'
import type { ChannelId, ConversationId, ExternalId } from '../../contract/ids.ts'
import { noteFormerRoom } from './conversations.ts'
import { moveDrafts } from './drafts.ts'
import type { Db, Tx } from './schema.ts'
import { transact } from './transact.ts'

/** As many messages move in one transaction, so that none of them holds the change feed back for long. */
const movedAtOnce = 300

/** What two conversations would bring together is too much for one transaction: `moveAhead` first, then anew. */
export class TooLongToJoin extends Error {
  readonly kept: ConversationId
  readonly merged: ConversationId
  constructor(kept: ConversationId, merged: ConversationId) {
    super('a long conversation has to be moved in pieces')
    this.kept = kept
    this.merged = merged
  }
}

/**
 * Two rooms of one number turned out to be one chat: the newer conversation's messages go into the older one, which lives on under `to`, and
 * the newer one's id leads to it. Undefined unless both are conversations of ours; throws TooLongToJoin.
 */
export async function joinConversations(
  tx: Tx,
  { channelId, from, to, now }: { channelId: ChannelId; from: ExternalId; to: ExternalId; now: Date },
): Promise<{ readonly kept: ConversationId; readonly merged: ConversationId } | undefined> {
  const { rows } = await sql<{ id: ConversationId }>`select id from conversations
    where channel_id = ${channelId} and external_id in (${from}, ${to}) order by created_at, id for update`.execute(tx)
  const [kept, merged] = rows.map((row) => row.id)
  if (from === to || kept === undefined || merged === undefined) return undefined
  const { rows: beyond } = await sql`select 1 from messages where conversation_id = ${merged} offset ${movedAtOnce} limit 1`.execute(tx)
  if (beyond.length > 0) throw new TooLongToJoin(kept, merged)
  for (const table of ['messages', 'outbox', 'deeds', 'former_rooms', 'notes', 'activities']) {
    await sql`update ${sql.table(table)} set conversation_id = ${kept} where conversation_id = ${merged}`.execute(tx)
  }
  await moveDrafts(tx, merged, kept)
  await sql`insert into participants (contact_id, conversation_id) select contact_id, ${kept} from participants
    where conversation_id = ${merged} on conflict do nothing`.execute(tx)
  await sql`update conversation_merges set kept_id = ${kept} where kept_id = ${merged}`.execute(tx)
  const other = await tx.deleteFrom('conversations').where('id', '=', merged).returningAll().executeTakeFirstOrThrow()
  await tx.insertInto('conversation_merges').values({ merged_id: merged, kept_id: kept }).execute()
  await sql`update conversations c set external_id = ${to}, unread_count = c.unread_count + ${other.unread_count},
      last_message_id = case when c.last_message_at is null or ${other.last_message_at}::timestamptz > c.last_message_at
        then ${other.last_message_id} else c.last_message_id end,
      last_message_at = greatest(c.last_message_at, ${other.last_message_at}::timestamptz),
      last_inbound_at = greatest(c.last_inbound_at, ${other.last_inbound_at}::timestamptz),
      read_up_to = greatest(c.read_up_to, ${other.read_up_to}::timestamptz),
      contact_id = coalesce(c.contact_id, ${other.contact_id}), assignee_id = coalesce(c.assignee_id, ${other.assignee_id}),
      labels = array(select distinct unnest(c.labels || ${other.labels}::text[])),
      status = case when ${other.status} = 'open' then 'open' else c.status end,
      snoozed_until = case when ${other.status} = 'open' then null else c.snoozed_until end, updated_at = ${now}
    where id = ${kept}`.execute(tx)
  await noteFormerRoom(tx, channelId, from, to)
  return { kept, merged }
}

/** Moves what is too much for the joining itself, the oldest first, piece by piece. Repeatable: both conversations stand until they are joined. */
export async function moveAhead(db: Db, { kept, merged }: TooLongToJoin): Promise<void> {
  for (;;) {
    const moved = await transact(db, async (tx) => {
      const both = await sql`select id from conversations where id in (${kept}, ${merged}) order by created_at, id for update`.execute(tx)
      if (both.rows.length < 2) return 0n
      const { numAffectedRows } = await sql`update messages set conversation_id = ${kept} where id in
        (select id from messages where conversation_id = ${merged} order by sent_at, id limit ${movedAtOnce})`.execute(tx)
      return numAffectedRows
    })
    if (moved !== BigInt(movedAtOnce)) return
  }
}
