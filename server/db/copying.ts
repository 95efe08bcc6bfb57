import { sql } from 'kysely'
import type { ChannelId, ConversationId, ExternalId, MediaId } from '../../contract/ids.ts'
import type { Json } from '../lib/json.ts'
import { recordset } from './rows.ts'
import type { Tx } from './schema.ts'

export interface ChatName {
  readonly channel_id: ChannelId
  readonly external_id: ExternalId
}

const names = { channel_id: 'text', external_id: 'text' }

/** Those of these chats that have a conversation here; `excluded` where its owner keeps it out. */
export async function findChats(tx: Tx, chats: readonly ChatName[]): Promise<readonly (ChatName & { readonly excluded: boolean })[]> {
  if (chats.length === 0) return []
  const { rows } = await sql<ChatName & { excluded: boolean }>`select c.channel_id, c.external_id, c.excluded_at is not null as excluded
    from conversations c join ${recordset(chats, names)} using (channel_id, external_id)`.execute(tx)
  return rows
}

/** What was told of chats that are left out. */
export async function loadDescriptions(
  tx: Tx,
  chats: readonly ChatName[],
): Promise<readonly (ChatName & { readonly description: Json })[]> {
  if (chats.length === 0) return []
  const { rows } = await sql<ChatName & { description: Json }>`select l.channel_id, l.external_id, l.description
    from left_out_chats l join ${recordset(chats, names)} using (channel_id, external_id) where l.description is not null`.execute(tx)
  return rows
}

/** Those of these messages that are met for the first time. */
export async function noteLeftOut(tx: Tx, messages: readonly ChatName[]): Promise<ReadonlySet<string>> {
  if (messages.length === 0) return new Set()
  const { rows } = await sql<ChatName>`insert into left_out_messages (channel_id, external_id)
    select r.channel_id, r.external_id from ${recordset(messages, names)} on conflict do nothing returning channel_id, external_id`.execute(
    tx,
  )
  return new Set(rows.map((row) => `${row.channel_id} ${row.external_id}`))
}

/** Counts what was left out; a newer description takes the place of the older one. */
export async function countLeftOut(
  tx: Tx,
  chats: readonly (ChatName & { readonly messages: number; readonly description: Json | null })[],
  now: Date,
): Promise<void> {
  if (chats.length === 0) return
  await sql`insert into left_out_chats as l (channel_id, external_id, description, messages, last_at)
    select r.channel_id, r.external_id, nullif(r.description, 'null'::jsonb), r.messages, ${now}
    from ${recordset(chats, { ...names, description: 'jsonb', messages: 'bigint' })}
    on conflict (channel_id, external_id) do update set messages = l.messages + excluded.messages,
      description = coalesce(excluded.description, l.description), last_at = excluded.last_at`.execute(tx)
}

/** Keeps a conversation out of everybody's sight; returns what raw data of it is known by, and its picture. Undefined when it is out already. */
export async function excludeConversation(
  tx: Tx,
  id: ConversationId,
  now: Date,
): Promise<{ readonly names: readonly string[]; readonly picture: MediaId | null; readonly channel_id: ChannelId } | undefined> {
  const { rows } = await sql<{
    external_id: string
    picture_id: MediaId | null
    channel_id: ChannelId
  }>`update conversations set excluded_at = ${now}, labels = '{}', metadata = '{}', assignee_id = null, unread_count = 0, last_message_id = null,
      last_message_at = null, last_inbound_at = null, read_up_to = null, updated_at = ${now}
    where id = ${id} and excluded_at is null returning external_id, picture_id, channel_id`.execute(tx)
  const [row] = rows
  if (row === undefined) return undefined
  await sql`update channels set has_excluded = true where id = ${row.channel_id}`.execute(tx)
  const { rows: former } = await sql<{ external_id: string }>`select external_id from former_rooms where conversation_id = ${id}`.execute(
    tx,
  )
  return { names: [row.external_id, ...former.map((one) => one.external_id)], picture: row.picture_id, channel_id: row.channel_id }
}

/** False when it was not excluded. */
export async function includeConversation(tx: Tx, channel: ChannelId, id: ConversationId, now: Date): Promise<boolean> {
  const { numAffectedRows } = await sql`update conversations set excluded_at = null, status = 'open', updated_at = ${now}
    where id = ${id} and channel_id = ${channel} and excluded_at is not null`.execute(tx)
  await sql`update channels set has_excluded = exists (select from conversations where channel_id = ${channel} and excluded_at is not null)
    where id = ${channel}`.execute(tx)
  return numAffectedRows === 1n
}

/** Numbers that were linked some minutes ago and of which no chat has appeared; each is found once. */
export async function takeSilentImports(tx: Tx, linked: { readonly after: Date; readonly before: Date }): Promise<readonly ChannelId[]> {
  const { rows } = await sql<{ id: ChannelId }>`update channels c set import_hint = 'backfill_off'
    where provider = 'matrix' and linked_at between ${linked.after} and ${linked.before} and chats_count = 0 and import_hint is null
      and copy = 'everything' and status = 'connected' and not exists (select from left_out_chats l where l.channel_id = c.id)
    returning id`.execute(tx)
  return rows.map((row) => row.id)
}
