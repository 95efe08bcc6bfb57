import { type Selectable, sql } from 'kysely'
import type { Attachment, ContentType } from '../../../contract/content.ts'
import { fileTypes } from '../../../contract/content.ts'
import type { ContactId, MessageId } from '../../../contract/ids.ts'
import type { Message } from '../../../contract/message.ts'
import { AppError } from '../../lib/errors.ts'
import type { Tables } from '../schema.ts'
import { isOneOf } from '../prepare.ts'
import { listHeld, listOpenChanges } from './outgoing.ts'
import { present, presentTime } from './page.ts'
import { previewOf } from './preview.ts'
import type { Reads, Viewer } from './viewer.ts'

type Reaction = Message['reactions'][number]
type Quote = NonNullable<Message['reply_to']>
type Vote = NonNullable<Extract<Message, { type: 'poll' }>['poll']['votes']>[number]

/** The contact that `o` is by now. */
const asMerged = sql<ContactId>`coalesce(o.merged_into, o.id)`

function rowsOf(db: Reads, viewer: Viewer, ids: readonly MessageId[]) {
  return (
    db
      .selectFrom('messages as m')
      .innerJoin('channels as h', 'h.id', 'm.channel_id')
      .leftJoin('contacts as o', 'o.id', 'm.sender_contact_id')
      .leftJoin('contacts as p', (join) => join.on('p.id', '=', asMerged))
      .leftJoin('users as u', 'u.id', 'm.sender_user_id')
      .leftJoin('api_keys as k', 'k.id', 'm.sender_key_id')
      .selectAll('m')
      .select(['p.id as contact_id', 'p.name as contact_name', 'p.phone as contact_phone', 'u.name as user_name', 'k.name as key_name'])
      .select(['h.name as channel_name', 'h.phone as channel_phone', 'h.owner_id as channel_owner'])
      // Most messages have none of these: then nobody need ask for them.
      .select(sql<boolean>`exists (select from reactions r where r.message_id = m.id and r.emoji <> '')`.as('has_reactions'))
      .select(sql<boolean>`exists (select from deeds d where d.message_id = m.id)`.as('has_deeds'))
      .select(
        sql<boolean>`m.status in ('queued', 'sending') and exists (
        select from outbox q where q.conversation_id = m.conversation_id and q.held_for is not null)`.as('may_be_held'),
      )
      .where(isOneOf('m.id', ids))
      .where(isOneOf('m.channel_id', viewer.channels))
      .execute()
  )
}
type Row = Awaited<ReturnType<typeof rowsOf>>[number]

/** Messages by id, as far as the viewer may see them, with files, reactions, quotes and names, in a constant number of queries. */
export async function presentMessages(db: Reads, viewer: Viewer, ids: readonly MessageId[]): Promise<ReadonlyMap<MessageId, Message>> {
  if (ids.length === 0) return new Map()
  const rows = await rowsOf(db, viewer, ids)
  const those = (are: (row: Row) => boolean) => rows.filter(are).map((row) => row.id)
  const [files, reactions, quotes, votes, changes, held] = await Promise.all([
    listFiles(
      db,
      those((row) => mayHaveFile(row.type)),
    ),
    listReactions(
      db,
      viewer,
      those((row) => row.has_reactions),
    ),
    listQuotes(db, rows),
    listVotes(
      db,
      viewer,
      those((row) => row.type === 'poll'),
    ),
    listOpenChanges(
      db,
      those((row) => row.has_deeds),
    ),
    listHeld(
      db,
      those((row) => row.may_be_held),
    ),
  ])
  return new Map(
    rows.map((row) => {
      const quote =
        row.reply_to_external_id === null
          ? undefined
          : (quotes.get(quoteKey(row.channel_id, row.reply_to_external_id)) ?? { preview: row.reply_preview ?? '' })
      const message = toMessage(row, viewer, files.get(row.id) ?? [], reactions.get(row.id) ?? [], quote)
      const waiting = { ...present('change', changes.get(row.id)), ...present('held', held.get(row.id)) }
      const poll = message.type === 'poll' ? { poll: { ...message.poll, votes: votes.get(row.id) ?? [] } } : {}
      return [row.id, { ...message, ...poll, ...waiting } as Message]
    }),
  )
}

/** Throws not_found, also for what the viewer may not see. */
export async function getMessage(db: Reads, viewer: Viewer, id: MessageId): Promise<Message> {
  const found = (await presentMessages(db, viewer, [id])).get(id)
  if (found === undefined) throw new AppError('not_found', 'There is no such message.')
  return found
}

function toMessage(
  row: Row,
  viewer: Viewer,
  files: readonly Attachment[],
  reactions: readonly Reaction[],
  quote: Quote | undefined,
): Message {
  // Content was checked before it was stored; here it is put together again with its type and its files.
  return {
    ...row.content,
    type: row.type,
    ...(isFile(row.type) || files.length > 0 ? { attachments: files } : {}),
    id: row.id,
    conversation_id: row.conversation_id,
    channel_id: row.channel_id,
    direction: row.direction,
    origin: row.origin,
    sender: toSender(row, viewer),
    ...(row.direction === 'outbound' ? { ...present('status', row.status), ...present('attempt', row.attempt) } : {}),
    ...presentTime('unconfirmed_since', row.unconfirmed_since),
    ...present('error', row.error),
    ...present('reply_to', quote),
    ...(row.forwarded ? { forwarded: true } : {}),
    reactions,
    sent_at: row.sent_at.toISOString(),
    received_at: row.received_at.toISOString(),
    ...presentTime('delivered_at', row.delivered_at),
    ...presentTime('read_at', row.read_at),
    ...present('receipts', row.receipts),
    ...presentTime('edited_at', row.edited_at),
    ...presentTime('deleted_at', row.deleted_at),
    ...present('external_id', row.external_id),
    metadata: row.metadata,
  } as unknown as Message
}

/** A template has one where its header is a file. */
const mayHaveFile = (type: ContentType) => isFile(type) || type === 'template'

function isFile(type: ContentType): boolean {
  return (fileTypes as readonly string[]).includes(type)
}

type SenderColumns = Pick<Row, 'contact_id' | 'sender_user_id' | 'sender_key_id' | 'direction' | 'channel_id' | 'conversation_id'> &
  Pick<Row, 'contact_name' | 'contact_phone' | 'user_name' | 'key_name' | 'channel_name' | 'channel_phone' | 'channel_owner'>

/** A contact, a person or key of ours, or the number itself: what was typed on its phone, or told by the network about the chat. */
function toSender(row: SenderColumns, viewer: Viewer): Message['sender'] {
  if (row.contact_id !== null)
    return { id: row.contact_id, name: row.contact_name ?? '', ...present('phone', row.contact_phone), is_me: false }
  if (row.sender_user_id !== null) return { id: row.sender_user_id, name: row.user_name ?? '', is_me: row.sender_user_id === viewer.id }
  if (row.sender_key_id !== null) return { id: row.sender_key_id, name: row.key_name ?? '', is_me: row.sender_key_id === viewer.id }
  if (row.direction === 'inbound') return { id: row.conversation_id, name: '', is_me: false }
  return { id: row.channel_id, name: row.channel_name, phone: row.channel_phone, is_me: row.channel_owner === viewer.id }
}

const fileColumns = [
  'id',
  'message_id',
  'type',
  'mime_type',
  'file_name',
  'size_bytes',
  'width',
  'height',
  'duration_ms',
  'voice',
  'gif',
  'waveform',
  'status',
] as const

type FileRow = Pick<Selectable<Tables['media']>, Exclude<(typeof fileColumns)[number], 'message_id' | 'gif' | 'waveform'>> &
  Partial<Pick<Selectable<Tables['media']>, 'gif' | 'waveform'>>

/** A file as part of a message, or just uploaded. */
export function toAttachment(row: FileRow): Attachment {
  return {
    id: row.id,
    type: row.type,
    mime_type: row.mime_type,
    ...present('file_name', row.file_name),
    ...present('size_bytes', row.size_bytes === null ? null : Number(row.size_bytes)),
    ...present('width', row.width),
    ...present('height', row.height),
    ...present('duration_ms', row.duration_ms),
    ...(row.voice ? { voice: true } : {}),
    ...(row.gif === true ? { gif: true } : {}),
    ...present('waveform', row.waveform ?? null),
    status: row.status,
    url: `/api/v1/media/${row.id}`,
  }
}

async function listFiles(db: Reads, ids: readonly MessageId[]): Promise<ReadonlyMap<MessageId | null, Attachment[]>> {
  if (ids.length === 0) return new Map()
  const rows = await db.selectFrom('media').select(fileColumns).where(isOneOf('message_id', ids)).orderBy('position').execute()
  return new Map([...Map.groupBy(rows, (row) => row.message_id)].map(([id, files]) => [id, files.map(toAttachment)]))
}

async function listReactions(db: Reads, viewer: Viewer, ids: readonly MessageId[]): Promise<ReadonlyMap<MessageId, Reaction[]>> {
  if (ids.length === 0) return new Map()
  const rows = await db
    .selectFrom('reactions as r')
    .innerJoin('messages as m', 'm.id', 'r.message_id')
    .innerJoin('channels as h', 'h.id', 'm.channel_id')
    .leftJoin('contacts as o', 'o.id', 'r.contact_id')
    .leftJoin('contacts as p', (join) => join.on('p.id', '=', asMerged))
    .leftJoin('users as u', 'u.id', 'r.user_id')
    .select(['r.message_id', 'r.emoji', 'r.at', 'p.id as contact_id', 'r.user_id as sender_user_id'])
    .select(['p.name as contact_name', 'p.phone as contact_phone', 'u.name as user_name'])
    .select(['m.conversation_id', 'm.channel_id', 'h.name as channel_name', 'h.phone as channel_phone', 'h.owner_id as channel_owner'])
    .where(isOneOf('r.message_id', ids))
    .where('r.emoji', '<>', '')
    .orderBy('r.at')
    .orderBy('r.sender')
    .execute()
  const reactions = Map.groupBy(rows, (row) => row.message_id)
  return new Map(
    [...reactions].map(([id, all]) => [
      id,
      all.map((row) => ({
        emoji: row.emoji,
        sender: toSender({ ...row, sender_key_id: null, key_name: null, direction: 'outbound' }, viewer),
        at: row.at.toISOString(),
      })),
    ]),
  )
}

/** What people have chosen in polls; who took the choice back is not there. */
async function listVotes(db: Reads, viewer: Viewer, polls: readonly MessageId[]): Promise<ReadonlyMap<MessageId, Vote[]>> {
  if (polls.length === 0) return new Map()
  const rows = await db
    .selectFrom('poll_votes as v')
    .innerJoin('messages as m', 'm.id', 'v.message_id')
    .innerJoin('channels as h', 'h.id', 'm.channel_id')
    .leftJoin('contacts as o', 'o.id', 'v.contact_id')
    .leftJoin('contacts as p', (join) => join.on('p.id', '=', asMerged))
    .leftJoin('users as u', 'u.id', 'v.user_id')
    .select(['v.message_id', 'v.options', 'v.at', 'p.id as contact_id', 'v.user_id as sender_user_id'])
    .select(['p.name as contact_name', 'p.phone as contact_phone', 'u.name as user_name'])
    .select(['m.conversation_id', 'm.channel_id', 'h.name as channel_name', 'h.phone as channel_phone', 'h.owner_id as channel_owner'])
    .where(isOneOf('v.message_id', polls))
    .where(sql<boolean>`v.options <> '[]'`)
    .orderBy('v.at')
    .orderBy('v.sender')
    .execute()
  const votes = Map.groupBy(rows, (row) => row.message_id)
  return new Map(
    [...votes].map(([id, all]) => [
      id,
      all.map((row) => ({
        sender: toSender({ ...row, sender_key_id: null, key_name: null, direction: 'outbound' }, viewer),
        options: row.options,
        at: row.at.toISOString(),
      })),
    ]),
  )
}

/** What messages answer to, by channel and the network's id of it. An answered message may have been sent in several attempts. */
async function listQuotes(db: Reads, rows: readonly Row[]): Promise<ReadonlyMap<string, Quote>> {
  const answers = rows.filter((row) => row.reply_to_external_id !== null)
  if (answers.length === 0) return new Map()
  const externals = answers.map((row) => row.reply_to_external_id ?? '')
  const targets = sql<{ channel_id: string; external_id: string; message_id: MessageId }>`(
    select m.channel_id, m.external_id, m.id as message_id
      from unnest(${answers.map((row) => row.channel_id)}::text[], ${externals}::text[]) as a(channel_id, external_id)
      join messages m using (channel_id, external_id)
    union select t.channel_id, t.external_id, t.message_id
      from unnest(${answers.map((row) => row.channel_id)}::text[], ${externals}::text[]) as a(channel_id, external_id)
      join send_attempts t using (channel_id, external_id))`
  const found = await db
    .selectFrom(targets.as('t'))
    .innerJoin('messages as m', 'm.id', 't.message_id')
    .innerJoin('channels as h', 'h.id', 'm.channel_id')
    .leftJoin('contacts as o', 'o.id', 'm.sender_contact_id')
    .leftJoin('contacts as p', (join) => join.on('p.id', '=', asMerged))
    .leftJoin('users as u', 'u.id', 'm.sender_user_id')
    .leftJoin('api_keys as k', 'k.id', 'm.sender_key_id')
    .select(['t.channel_id', 't.external_id', 'm.id', 'm.type', 'm.content', 'm.text', 'm.direction'])
    .select(['p.name as contact_name', 'u.name as user_name', 'k.name as key_name', 'h.name as channel_name'])
    .execute()
  return new Map(
    found.map((row) => {
      const ours = row.direction === 'outbound' ? row.channel_name : undefined
      const senderName = row.contact_name ?? row.user_name ?? row.key_name ?? ours
      return [
        quoteKey(row.channel_id, row.external_id),
        { id: row.id, preview: previewOf(row.type, row.content, row.text), ...present('sender_name', senderName) },
      ]
    }),
  )
}

function quoteKey(channelId: string, externalId: string): string {
  return `${channelId} ${externalId}`
}
