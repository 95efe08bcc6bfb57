import { sql } from 'kysely'
import type { ChannelId, ContactId, ConversationId, ExternalId, MediaId, MessageId } from '../../contract/ids.ts'
import { cleanText, type Json, toJsonb } from '../lib/json.ts'
import { columnList, recordset } from './rows.ts'
import type { Tables, Tx } from './schema.ts'
import { keepVersion } from './versions.ts'

/** A message as it arrives, ready to be stored. Times are RFC 3339. */
export interface ArrivedMessage {
  readonly id: MessageId
  readonly conversation_id: ConversationId
  readonly channel_id: ChannelId
  readonly external_id: ExternalId
  readonly direction: 'inbound' | 'outbound'
  readonly origin: 'contact' | 'phone' | 'history'
  readonly sender_contact_id: ContactId | null
  readonly type: string
  readonly content: Json
  readonly text: string
  readonly status: 'sent' | null
  readonly reply_to_external_id: ExternalId | null
  readonly reply_preview: string | null
  readonly forwarded: boolean
  readonly sent_at: string
}

const arrivedColumns = {
  id: 'text',
  conversation_id: 'text',
  channel_id: 'text',
  external_id: 'text',
  direction: 'text',
  origin: 'text',
  sender_contact_id: 'text',
  type: 'text',
  content: 'jsonb',
  text: 'text',
  status: 'text',
  reply_to_external_id: 'text',
  reply_preview: 'text',
  forwarded: 'boolean',
  sent_at: 'timestamptz',
}

/** Stores messages, each once whatever the number of deliveries; returns the ids of those that were new. */
export async function insertMessagesOnce(tx: Tx, messages: readonly ArrivedMessage[], now: Date): Promise<ReadonlySet<MessageId>> {
  if (messages.length === 0) return new Set()
  const { rows } = await sql<{ id: MessageId }>`insert into messages (${columnList(arrivedColumns)}, metadata, received_at)
    select ${columnList(arrivedColumns)}, '{}', ${now} from ${recordset(messages, arrivedColumns)}
    on conflict (channel_id, external_id) do nothing returning id`.execute(tx)
  return new Set(rows.map((row) => row.id))
}

/** Those messages that are here, by their channel and the name that the network gave them (as `keyOf` joins them). */
export async function findPlaces(tx: Tx, names: readonly MessageName[]): Promise<ReadonlyMap<string, MessagePlace>> {
  const { rows } = await sql<MessageName & { id: MessageId; sent_at: Date }>`select m.id, m.sent_at, m.channel_id, m.external_id
    from messages m join ${recordset(names, { channel_id: 'text', external_id: 'text' })} using (channel_id, external_id)`.execute(tx)
  return new Map(rows.map((row) => [keyOf(row), { id: row.id, sent_at: row.sent_at.toISOString() }]))
}

/** What a message stands by in its conversation. The time is RFC 3339. */
export type MessagePlace = Pick<ArrivedMessage, 'id' | 'sent_at'>

/** What a message is known by on the network. */
export type MessageName = Pick<ArrivedMessage, 'channel_id' | 'external_id'>

export function keyOf({ channel_id, external_id }: MessageName): string {
  return `${channel_id} ${external_id}`
}

/** The time of the newest message of the second of each of these, RFC 3339, by their ids. */
export async function findNewest(tx: Tx, messages: readonly ArrivedMessage[]): Promise<ReadonlyMap<MessageId, string>> {
  if (messages.length === 0) return new Map()
  const columns = { id: 'text', conversation_id: 'text', sent_at: 'timestamptz' }
  const { rows } = await sql<{ id: MessageId; newest: Date }>`select r.id, n.sent_at as newest from ${recordset(messages, columns)}
    cross join lateral (select m.sent_at from messages m where m.conversation_id = r.conversation_id
      and m.sent_at >= date_trunc('second', r.sent_at) and m.sent_at < date_trunc('second', r.sent_at) + interval '1 second'
      order by m.sent_at desc limit 1) n`.execute(tx)
  return new Map(rows.map((row) => [row.id, row.newest.toISOString()]))
}

/** Gives messages that nothing refers to yet other places. */
export async function placeMessages(
  tx: Tx,
  placed: readonly { readonly id: MessageId; readonly new_id: MessageId; readonly sent_at: string }[],
): Promise<void> {
  if (placed.length === 0) return
  const columns = { id: 'text', new_id: 'text', sent_at: 'timestamptz' }
  await sql`update messages m set id = r.new_id, sent_at = r.sent_at from ${recordset(placed, columns)} where m.id = r.id`.execute(tx)
}

/** What is needed of a message to change it. */
export type FoundMessage = Pick<
  Tables['messages'],
  'id' | 'conversation_id' | 'channel_id' | 'direction' | 'sender_contact_id' | 'sender_user_id' | 'type' | 'status'
> & { readonly sent_at: Date; readonly edited_at: Date | null; readonly deleted_at: Date | null }

/** Finds a message by the id of any of its attempts on the network; its sender is the contact that they are by now. */
export async function findByExternal(tx: Tx, channelId: ChannelId, external: ExternalId): Promise<FoundMessage | undefined> {
  const { rows } =
    await sql<FoundMessage>`select m.id, conversation_id, channel_id, direction, coalesce(c.merged_into, c.id) as sender_contact_id, sender_user_id,
      type, status, sent_at, edited_at, deleted_at
    from messages m left join contacts c on c.id = m.sender_contact_id where m.id = coalesce(
      (select message_id from send_attempts where channel_id = ${channelId} and external_id = ${external}),
      (select id from messages where channel_id = ${channelId} and external_id = ${external}))`.execute(tx)
  return rows[0]
}

/** Puts other content in its place; false when it says that already. With `edited_at`, what it said before is kept as an earlier version. */
export async function replaceContent(
  tx: Tx,
  id: MessageId,
  change: { type: string; content: Json; text: string; edited_at?: Date; deleted_at?: Date },
): Promise<boolean> {
  const content = toJsonb(change.content)
  if (change.edited_at !== undefined) await keepVersion(tx, id, cleanText(change.text))
  const { numAffectedRows } =
    await sql`update messages set type = ${change.type}, content = ${content}::jsonb, text = ${cleanText(change.text)},
      edited_at = coalesce(${change.edited_at ?? null}, edited_at), deleted_at = coalesce(${change.deleted_at ?? null}, deleted_at)
    where id = ${id} and (type <> ${change.type} or content <> ${content}::jsonb
      or edited_at is distinct from coalesce(${change.edited_at ?? null}, edited_at) or ${change.deleted_at !== undefined})`.execute(tx)
  return numAffectedRows === 1n
}

/** A file of a message that has still to be fetched. */
export interface ArrivedFile {
  readonly id: MediaId
  readonly message_id: MessageId
  readonly channel_id: ChannelId
  readonly position: number
  readonly type: string
  readonly mime_type: string
  readonly file_name: string | null
  readonly size_bytes: number | null
  readonly width: number | null
  readonly height: number | null
  readonly duration_ms: number | null
  readonly voice: boolean
  readonly gif: boolean
  readonly waveform: readonly number[] | null
  readonly ref: Json
}

const fileColumns = {
  id: 'text',
  message_id: 'text',
  channel_id: 'text',
  position: 'integer',
  type: 'text',
  mime_type: 'text',
  file_name: 'text',
  size_bytes: 'bigint',
  width: 'integer',
  height: 'integer',
  duration_ms: 'integer',
  voice: 'boolean',
  gif: 'boolean',
  waveform: 'jsonb',
  ref: 'jsonb',
}

export async function insertFiles(tx: Tx, files: readonly ArrivedFile[], now: Date): Promise<void> {
  if (files.length === 0) return
  await sql`insert into media (${columnList(fileColumns)}, status, created_at)
    select ${columnList(fileColumns)}, 'pending', ${now} from ${recordset(files, fileColumns)}`.execute(tx)
}
