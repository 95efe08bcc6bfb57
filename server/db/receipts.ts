import { sql } from 'kysely'
import type { ChannelId, ContactId, ConversationId, MessageId } from '../../contract/ids.ts'
import { appendEvents } from './events.ts'
import type { Db, Tx } from './schema.ts'
import { transact } from './transact.ts'

/** Who has been shown what we said in a group, by the network's word. */
export interface GroupRead {
  readonly conversation: ConversationId
  readonly contact: ContactId
  /** They have read everything that was said up to here. */
  readonly upTo: Date
  readonly at: Date
}

/** Of what was said before a person was heard of first; WhatsApp tells of no more either. */
const mostAtOnce = 200
/** How long receipts of one message are gathered before the feed is told of them, in milliseconds. */
const gatheringMs = 2_000
const countedAtOnce = 200

const onceOnly = sql`on conflict (message_id, contact_id) do update set
    delivered_at = least(message_receipts.delivered_at, excluded.delivered_at), read_at = coalesce(message_receipts.read_at, excluded.read_at)
  where excluded.delivered_at < message_receipts.delivered_at or (message_receipts.read_at is null and excluded.read_at is not null)`

/** Somebody has got one message of ours, or read it. */
export async function insertReceiptOnce(
  tx: Tx,
  message: MessageId,
  { contact, state, at }: { contact: ContactId; state: 'delivered' | 'read'; at: Date },
  now: Date,
): Promise<void> {
  const { numAffectedRows } = await sql`insert into message_receipts (message_id, contact_id, delivered_at, read_at)
    values (${message}, ${contact}, ${at}, ${state === 'read' ? at : null}) ${onceOnly}`.execute(tx)
  if (numAffectedRows === 1n) await countSoon(tx, [message], now)
}

/** Somebody has read everything up to a time: of what the network had taken by then, and that was said while they were there. */
export async function readGroupUpTo(tx: Tx, { conversation, contact, upTo, at }: GroupRead, now: Date): Promise<void> {
  const { rows } = await sql<{ message_id: MessageId }>`with person as (
      select max(read_up_to) as read_up_to, max(joined_at) as joined_at from conversation_members
        where conversation_id = ${conversation} and contact_id = ${contact}
    ) insert into message_receipts (message_id, contact_id, delivered_at, read_at)
    select m.id, ${contact}, ${at}, ${at} from person, lateral (
      select id from messages where conversation_id = ${conversation} and direction = 'outbound' and sent_at <= ${upTo}
        and (person.read_up_to is null or sent_at > person.read_up_to) and (person.joined_at is null or sent_at >= person.joined_at)
        and status in ('sent', 'delivered', 'read', 'played') and deleted_at is null
      order by sent_at desc, id desc limit ${mostAtOnce}) m ${onceOnly} returning message_id`.execute(tx)
  await sql`update conversation_members set read_up_to = ${upTo}, read_at = ${at}
    where conversation_id = ${conversation} and contact_id = ${contact} and (read_up_to is null or read_up_to < ${upTo})`.execute(tx)
  await countSoon(
    tx,
    rows.map((row) => row.message_id),
    now,
  )
}

/** The network has taken a message only now that some had read up to it already. */
export async function insertEarlierReads(tx: Tx, message: MessageId, now: Date): Promise<void> {
  const { rows } = await sql`insert into message_receipts (message_id, contact_id, delivered_at, read_at)
    select m.id, g.contact_id, max(g.read_at), max(g.read_at) from messages m join conversation_members g using (conversation_id)
      where m.id = ${message} and g.read_up_to >= m.sent_at and (g.joined_at is null or g.joined_at <= m.sent_at) group by 1, 2
    ${onceOnly} returning message_id`.execute(tx)
  if (rows.length > 0) await countSoon(tx, [message], now)
}

/** Somebody has come or gone, so that others may be the last who have not read. */
export async function countGroupSoon(tx: Tx, conversation: ConversationId, now: Date): Promise<void> {
  const { rows } = await sql<{ id: MessageId }>`select id from messages where conversation_id = ${conversation} and receipts is not null
    and direction = 'outbound' and status in ('sent', 'delivered') order by sent_at desc limit ${mostAtOnce}`.execute(tx)
  await countSoon(
    tx,
    rows.map((row) => row.id),
    now,
  )
}

/** Whether this chat is a group. */
export async function isGroup(tx: Tx, conversation: ConversationId): Promise<boolean> {
  const row = await tx.selectFrom('conversations').select('type').where('id', '=', conversation).executeTakeFirst()
  return row?.type === 'group'
}

/** In the order of their ids, so that two who ask for the same do not wait for each other. */
async function countSoon(tx: Tx, messages: readonly MessageId[], now: Date): Promise<void> {
  if (messages.length === 0) return
  const dueAt = new Date(now.getTime() + gatheringMs)
  await sql`insert into receipt_news (message_id, due_at) select id, ${dueAt} from unnest(${messages.toSorted()}::text[]) id
    on conflict (message_id) do update set due_at = receipt_news.due_at`.execute(tx)
}

/**
 * Counts one piece of what is due, raises what everybody has read or got, and tells the feed once of each; true when there may be more.
 * It waits for nobody who is writing down receipts just now: what they hold is counted in a later round.
 */
export async function countReceipts(db: Db, now: Date): Promise<boolean> {
  const { rows: due } = await sql<{ message_id: MessageId }>`select message_id from receipt_news where due_at <= ${now}
    order by due_at limit ${countedAtOnce}`.execute(db)
  if (due.length === 0) return false
  const counted = await transact(db, async (tx) => {
    const { rows } = await sql<{ message_id: MessageId }>`with free as (
        select id from messages where id = any(${due.map((row) => row.message_id)}::text[]) for update skip locked
      ), news as (select message_id from receipt_news where message_id in (select id from free) for update skip locked)
      delete from receipt_news where message_id in (select message_id from news) returning message_id`.execute(tx)
    const ids = rows.map((row) => row.message_id)
    await showCounts(tx, ids, now)
    return ids.length
  })
  return counted === countedAtOnce
}

/** `of`: who could have got it, us not counted; unknown where the network does not tell who is in the group. */
async function showCounts(tx: Tx, ids: readonly MessageId[], now: Date): Promise<void> {
  const { rows } = await sql<{ id: MessageId; conversation_id: ConversationId; channel_id: ChannelId; raised: boolean }>`with people as (
      select r.message_id, coalesce(c.merged_into, c.id) as person, true as got, r.read_at is not null as has_read, false as is_member,
          r.read_at, r.delivered_at
        from message_receipts r join contacts c on c.id = r.contact_id where r.message_id = any(${ids}::text[])
      union all select m.id, g.contact_id, false, false, true, null, null from messages m join conversation_members g using (conversation_id)
        where m.id = any(${ids}::text[]) and (g.joined_at is null or g.joined_at <= m.sent_at)
    ), each as (
      select message_id, person, bool_or(got) as got, bool_or(has_read) as has_read, bool_or(is_member) as is_member,
        min(read_at) as read_at, min(delivered_at) as delivered_at from people group by 1, 2
    ), counts as (
      select message_id, count(*) filter (where got)::int as delivered, count(*) filter (where has_read)::int as "read", count(*)::int as of,
        bool_or(is_member) as is_known, max(read_at) as read_at, max(delivered_at) as delivered_at from each group by 1
    ), raised as (
      select c.*, case when not c.is_known or m.status not in ('sent', 'delivered') then null
        when c."read" = c.of then 'read' when c.delivered = c.of and m.status <> 'delivered' then 'delivered' end as status
      from counts c join messages m on m.id = c.message_id
    ) update messages m set receipts = jsonb_strip_nulls(jsonb_build_object('delivered', r.delivered, 'read', r."read",
        'of', case when r.is_known then r.of end)),
      status = coalesce(r.status, m.status), error = case when r.status is null then m.error end,
      unconfirmed_since = case when r.status is null then m.unconfirmed_since end,
      delivered_at = case when r.status is null then m.delivered_at else coalesce(m.delivered_at, r.delivered_at) end,
      read_at = case when r.status = 'read' then coalesce(m.read_at, r.read_at) else m.read_at end
    from raised r where m.id = r.message_id returning m.id, m.conversation_id, m.channel_id, r.status is not null as raised`.execute(tx)
  const raised = rows.filter((row) => row.raised)
  if (raised.length > 0)
    await sql`update send_attempts a set status = m.status, unconfirmed_since = null from messages m where m.id = a.message_id
      and m.id = any(${raised.map((row) => row.id)}::text[]) and a.status in ('sent', 'delivered')`.execute(tx)
  await appendEvents(
    tx,
    [
      ...rows.map((row) => ({ type: 'message.updated' as const, objectId: row.id, channelId: row.channel_id })),
      ...raised.map((row) => ({ type: 'conversation.updated' as const, objectId: row.conversation_id, channelId: row.channel_id })),
    ],
    now,
  )
}
