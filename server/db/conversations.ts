import { sql } from 'kysely'
import type { Conversation } from '../../contract/conversation.ts'
import type { ChannelId, ContactId, ConversationId, ExternalId, MessageId, UserId } from '../../contract/ids.ts'
import { toJsonb } from '../lib/json.ts'
import { columnList, recordset } from './rows.ts'
import type { Tx } from './schema.ts'

export interface ConversationKey {
  readonly channel_id: ChannelId
  readonly external_id: ExternalId
}
export interface KnownConversation extends ConversationKey {
  readonly id: ConversationId
  readonly type: 'direct' | 'group'
  readonly contact_id: ContactId | null
  readonly name: string
  readonly last_message_at: Date | null
  /** False where this is a room that the conversation has left. */
  readonly current: boolean
}

/** The conversations of these keys that exist, or have moved on from there, locked until the transaction ends. */
export async function lockConversations(tx: Tx, keys: readonly ConversationKey[]): Promise<readonly KnownConversation[]> {
  const { rows } = await sql<KnownConversation>`select c.id, c.channel_id, r.external_id, c.type, c.contact_id, c.name, c.last_message_at,
      c.external_id = r.external_id as current
    from ${recordset(keys, { channel_id: 'text', external_id: 'text' })}
    cross join lateral (select id from conversations where channel_id = r.channel_id and external_id = r.external_id
      union all select conversation_id from former_rooms where channel_id = r.channel_id and external_id = r.external_id limit 1) k
    join conversations c on c.id = k.id order by c.id for update of c`.execute(tx)
  return rows
}

export async function insertConversations(tx: Tx, conversations: readonly KnownConversation[], now: Date): Promise<void> {
  if (conversations.length === 0) return
  const columns = { id: 'text', channel_id: 'text', external_id: 'text', type: 'text', contact_id: 'text', name: 'text' }
  await sql`insert into conversations (${columnList(columns)}, metadata, created_at, updated_at)
    select ${columnList(columns)}, '{}', ${now}, ${now} from ${recordset(conversations, columns)}`.execute(tx)
}

/** What the network says of a conversation: its name, kind and other side. True when something changed. */
export async function describeConversation(tx: Tx, id: ConversationId, facts: ConversationFacts, now: Date): Promise<boolean> {
  const gone = facts.gone === undefined ? null : toJsonb(facts.gone)
  const { numAffectedRows } = await sql`update conversations c
    set type = r.type, name = r.name, contact_id = r.contact_id, disappearing_seconds = r.disappearing_seconds, gone = r.gone,
      window_closes_at = r.window_closes_at, updated_at = ${now}
    from (select id, ${facts.type}::text as type, coalesce(${facts.name}, name) as name, coalesce(${facts.contact_id}, contact_id) as contact_id,
        nullif(coalesce(${facts.disappearing_seconds ?? null}::integer, disappearing_seconds), 0) as disappearing_seconds, ${gone}::jsonb as gone,
        greatest(window_closes_at, ${facts.window_closes_at ?? null}::timestamptz) as window_closes_at
      from conversations where id = ${id}) r
    where c.id = r.id and (c.type, c.name, c.contact_id, c.disappearing_seconds, c.gone, c.window_closes_at)
      is distinct from (r.type, r.name, r.contact_id, r.disappearing_seconds, r.gone, r.window_closes_at)`.execute(tx)
  return numAffectedRows === 1n
}

/** What the network says of a conversation; null and undefined leave what is known, but for `gone`, which ends when it is not said any more. */
export interface ConversationFacts {
  readonly type: 'direct' | 'group'
  readonly name: string | null
  readonly contact_id: ContactId | null
  readonly disappearing_seconds?: number
  readonly gone?: NonNullable<Conversation['gone']>
  /** RFC 3339. Never brings the end nearer. */
  readonly window_closes_at?: string
}

/** Lets a conversation go on in another room of the network, unless that one is a conversation of its own already. */
export async function moveConversation(tx: Tx, channelId: ChannelId, from: ExternalId, to: ExternalId): Promise<boolean> {
  const { numAffectedRows } = await sql`update conversations set external_id = ${to}
    where channel_id = ${channelId} and external_id = ${from}
      and not exists (select 1 from conversations where channel_id = ${channelId} and external_id = ${to})`.execute(tx)
  if (numAffectedRows === 1n) await noteFormerRoom(tx, channelId, from, to)
  return numAffectedRows === 1n
}

/** The network does not let us write freely any more, whatever we counted. */
export async function closeWindow(tx: Tx, id: ConversationId, now: Date): Promise<void> {
  await sql`update conversations set window_closes_at = least(window_closes_at, ${now}) where id = ${id}`.execute(tx)
}

/** Takes a channel's conversations from everybody but this person; returns those that were somebody else's. */
export async function unassignOthers(tx: Tx, channelId: ChannelId, except: UserId, now: Date): Promise<readonly ConversationId[]> {
  const rows = await tx
    .updateTable('conversations')
    .set({ assignee_id: null, updated_at: now })
    .where('channel_id', '=', channelId)
    .where('assignee_id', '<>', except)
    .returning('id')
    .execute()
  return rows.map((row) => row.id)
}

/** What is said in a room that a conversation has left belongs to the conversation of the room where it is now. */
export async function noteFormerRoom(tx: Tx, channelId: ChannelId, from: ExternalId, to: ExternalId): Promise<void> {
  await sql`delete from former_rooms where channel_id = ${channelId} and external_id = ${to}`.execute(tx)
  await sql`insert into former_rooms (channel_id, external_id, conversation_id)
    select channel_id, ${from}, id from conversations where channel_id = ${channelId} and external_id = ${to}
    on conflict (channel_id, external_id) do update set conversation_id = excluded.conversation_id`.execute(tx)
}

/** What new messages do to their conversation. Times are RFC 3339; `answered` means that we wrote, so nothing before is unread. */
export interface Activity {
  readonly id: ConversationId
  readonly unread: number
  readonly answered: boolean
  readonly last_message_id: MessageId
  readonly last_message_at: string
  readonly last_inbound_at: string | null
  readonly window_closes_at: string | null
}

/**
 * Counts unread, moves the conversation up the list, and reopens it when somebody wrote to us. What comes late and was followed by
 * words of ours is not unread.
 */
export async function recordActivity(tx: Tx, activities: readonly Activity[], now: Date): Promise<void> {
  if (activities.length === 0) return
  const columns = {
    id: 'text',
    unread: 'integer',
    answered: 'boolean',
    last_message_id: 'text',
    last_message_at: 'timestamptz',
    last_inbound_at: 'timestamptz',
    window_closes_at: 'timestamptz',
  }
  await sql`with reopened as (insert into activities (conversation_id, at, kind) select c.id, ${now}, 'reopened'
      from ${recordset(activities, columns)} join conversations c on c.id = r.id where r.unread > 0 and c.status <> 'open')
    update conversations c set
      unread_count = case
        when (c.last_message_at, c.last_message_id) > (r.last_message_at, r.last_message_id) then c.unread_count
          + case when exists (select 1 from messages m where m.conversation_id = c.id and m.direction = 'outbound'
              and (m.sent_at, m.id) > (r.last_message_at, r.last_message_id)) then 0 else r.unread end
        when r.answered then r.unread
        else c.unread_count + r.unread end,
      status = case when r.unread > 0 then 'open' else c.status end,
      snoozed_until = case when r.unread > 0 then null else c.snoozed_until end,
      last_message_id = case when c.last_message_at is null or (r.last_message_at, r.last_message_id) > (c.last_message_at, c.last_message_id)
        then r.last_message_id else c.last_message_id end,
      last_message_at = greatest(c.last_message_at, r.last_message_at),
      last_inbound_at = greatest(c.last_inbound_at, r.last_inbound_at),
      window_closes_at = greatest(c.window_closes_at, r.window_closes_at),
      updated_at = ${now}
    from ${recordset(activities, columns)} where c.id = r.id`.execute(tx)
}
