import { sql } from 'kysely'
import type { ChannelId, ContactId, ConversationId, ExternalId, MessageId, UserId } from '../../contract/ids.ts'
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
}

/** The conversations of these keys that exist, locked until the transaction ends. */
export async function lockConversations(tx: Tx, keys: readonly ConversationKey[]): Promise<readonly KnownConversation[]> {
  const { rows } = await sql<KnownConversation>`select c.id, c.channel_id, c.external_id, c.type, c.contact_id, c.name
    from conversations c join ${recordset(keys, { channel_id: 'text', external_id: 'text' })} using (channel_id, external_id)
    order by c.id for update of c`.execute(tx)
  return rows
}

export async function insertConversations(tx: Tx, conversations: readonly KnownConversation[], now: Date): Promise<void> {
  if (conversations.length === 0) return
  const columns = { id: 'text', channel_id: 'text', external_id: 'text', type: 'text', contact_id: 'text', name: 'text' }
  await sql`insert into conversations (${columnList(columns)}, metadata, created_at, updated_at)
    select ${columnList(columns)}, '{}', ${now}, ${now} from ${recordset(conversations, columns)}`.execute(tx)
}

/** What the network says of a conversation: its name, kind and other side. True when something changed. */
export async function describeConversation(
  tx: Tx,
  id: ConversationId,
  facts: { type: 'direct' | 'group'; name: string | null; contact_id: ContactId | null },
  now: Date,
): Promise<boolean> {
  const { numAffectedRows } = await sql`update conversations
    set type = ${facts.type}, name = coalesce(${facts.name}, name), contact_id = coalesce(${facts.contact_id}, contact_id), updated_at = ${now}
    where id = ${id} and (type <> ${facts.type} or name <> coalesce(${facts.name}, name)
      or contact_id is distinct from coalesce(${facts.contact_id}, contact_id))`.execute(tx)
  return numAffectedRows === 1n
}

/** Lets a conversation go on in another room of the network, unless that one is a conversation of its own already. */
export async function moveConversation(tx: Tx, channelId: ChannelId, from: ExternalId, to: ExternalId): Promise<boolean> {
  const { numAffectedRows } = await sql`update conversations set external_id = ${to}
    where channel_id = ${channelId} and external_id = ${from}
      and not exists (select 1 from conversations where channel_id = ${channelId} and external_id = ${to})`.execute(tx)
  return numAffectedRows === 1n
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

/** What new messages do to their conversation. Times are RFC 3339; `answered` means that we wrote, so nothing before is unread. */
export interface Activity {
  readonly id: ConversationId
  readonly unread: number
  readonly answered: boolean
  readonly last_message_id: MessageId
  readonly last_message_at: string
  readonly last_inbound_at: string | null
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
  }
  await sql`update conversations c set
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
      updated_at = ${now}
    from ${recordset(activities, columns)} where c.id = r.id`.execute(tx)
}
