import { type RawBuilder, sql } from 'kysely'
import type { ChannelId, ContactId, ConversationId, ExternalId, MediaId, MessageId } from '../../../contract/ids.ts'
import { deleteDraftsIn } from '../../db/drafts.ts'
import { appendEvents } from '../../db/events.ts'
import { insertJobsOnce } from '../../db/jobs.ts'
import { emptyNotesOf } from '../../db/notes.ts'
import type { Db, Tx } from '../../db/schema.ts'
import { transact } from '../../db/transact.ts'
import type { Clock } from '../../lib/clock.ts'
import { AppError } from '../../lib/errors.ts'
import type { MediaFiles } from '../../lib/media-files.ts'
import type { Provider } from '../../providers/provider.ts'
import type { Actor } from '../people/access.ts'
import { getContactFor } from './contacts.ts'
import type { RunJob } from '../jobs.ts'

const atOnce = 300
const lookedAtOnce = 2_000
const batchesAtOnce = 50

/** What is left to erase once the person has no name here any more. Times are RFC 3339. */
export interface Rest {
  readonly [key: string]: string | readonly string[]
  readonly contacts: readonly ContactId[]
  /** Whole chats with this person. */
  readonly chats: readonly ConversationId[]
  /** Groups in which only their own words go. */
  readonly groups: readonly ConversationId[]
  readonly pictures: readonly MediaId[]
  /** What raw data is known by: the network's names of the person and of their chats. */
  readonly names: readonly string[]
  readonly at: string
}

/**
 * Erases a person (`safety.md` S17): in one transaction all that says who they are, so that what comes from them later starts a new
 * contact; a durable job then does their words and files, piece by piece. Throws not_found.
 */
export async function eraseContact(
  deps: { db: Db; clock: Clock; providers: () => readonly Provider[] },
  actor: Actor,
  id: ContactId,
): Promise<void> {
  const contact = await getContactFor(deps.db, actor, id)
  await transact(deps.db, async (tx) => {
    const now = new Date(deps.clock())
    const rows = await tx
      .selectFrom('contacts')
      .select('id')
      .where((e) => e.or([e('id', '=', contact), e('merged_into', '=', contact)]))
      .where('erased_at', 'is', null)
      .orderBy('id')
      .forUpdate()
      .execute()
    if (rows.length === 0) throw new AppError('not_found', 'There is no such contact.')
    const contacts = rows.map((row) => row.id)
    const { chats, ...rest } = await cutLoose(tx, contacts, now)
    await forgetPerson(tx, deps.providers(), rest.names)
    await sql`update contacts set name = '', is_named = false, phone = null, username = null, external_id = null, metadata = '{}', picture_id = null,
      created_by = null, merged_into = null, erased_at = ${now}, updated_at = ${now} where id = any(${contacts}::text[])`.execute(tx)
    const payload: Rest = { ...rest, contacts, chats: chats.map((row) => row.id), at: now.toISOString() }
    await insertJobsOnce(tx, [{ kind: 'erase_contact', key: contact, payload }], now)
    await appendEvents(
      tx,
      chats.map((row) => ({ type: 'conversation.updated', objectId: row.id, channelId: row.channel_id })),
      now,
    )
  })
}

/** Takes away what leads from the network to these contacts, and from them to their chats; returns what is left of them. */
async function cutLoose(tx: Tx, contacts: readonly ContactId[], now: Date) {
  const theirs = sql`contact_id = any(${contacts}::text[])`
  const { rows: addresses } = await sql<{ value: string }>`delete from contact_addresses where ${theirs} returning value`.execute(tx)
  const { rows: pictures } = await sql<{
    picture_id: MediaId
  }>`select picture_id from contacts where id = any(${contacts}::text[]) and picture_id is not null
    union select picture_id from conversations where ${theirs} and picture_id is not null`.execute(tx)
  const { rows: chats } = await sql<{ id: ConversationId; channel_id: ChannelId; external_id: ExternalId }>`update conversations set
      contact_id = null, name = '', labels = '{}', metadata = '{}', assignee_id = null, status = 'closed', snoozed_until = null, unread_count = 0,
      last_message_id = null, last_message_at = null, last_inbound_at = null, read_up_to = null, picture_id = null, updated_at = ${now}
    where ${theirs} returning id, channel_id, external_id`.execute(tx)
  await sql`delete from activities where conversation_id = any(${chats.map((row) => row.id)}::text[])`.execute(tx)
  const { rows: former } = await sql<{ external_id: string }>`select external_id from former_rooms
    where conversation_id = any(${chats.map((row) => row.id)}::text[])`.execute(tx)
  const { rows: groups } = await sql<{
    id: ConversationId
  }>`with members as (delete from conversation_members where ${theirs} returning conversation_id),
      writers as (delete from participants where ${theirs} returning conversation_id)
    select conversation_id as id from members union select conversation_id from writers`.execute(tx)
  await sql`delete from contact_merges where kept_id = any(${contacts}::text[]) or merged_id = any(${contacts}::text[])`.execute(tx)
  return {
    chats,
    groups: groups.map((row) => row.id),
    pictures: pictures.map((row) => row.picture_id),
    names: [...addresses.map((row) => row.value), ...chats.map((row) => row.external_id), ...former.map((row) => row.external_id)],
  }
}

/** What the roads have asked to be remembered of this person alone. */
async function forgetPerson(tx: Tx, providers: readonly Provider[], names: readonly string[]): Promise<void> {
  for (const provider of providers) {
    const keys = names.flatMap((name) => provider.intake.personKeys?.(name as ExternalId) ?? [])
    if (keys.length > 0) await sql`delete from facts where provider = ${provider.name} and key = any(${keys}::text[])`.execute(tx)
  }
}

/**
 * The job that erases words and files. Rows stay as empty marks, so that what was erased does not come back when it is read again.
 * Repeatable from the start: what is done already is passed over quickly.
 */
export function createEraseRest(deps: { db: Db; files: Pick<MediaFiles, 'remove'> }): RunJob {
  return async (job, signal) => {
    const rest = job.payload as unknown as Rest
    for (const chat of rest.chats) {
      await eraseBeside(deps.db, chat, rest, signal)
      await eraseIn(deps, chat, rest, sql`true`, signal)
    }
    for (const group of rest.groups) await eraseIn(deps, group, rest, sql`sender_contact_id = any(${rest.contacts}::text[])`, signal)
    await erasePictures(deps, rest.pictures)
    for (const group of rest.groups) await eraseQuotes(deps.db, group, rest)
    for (const table of ['reactions', 'poll_votes']) await eraseAnswers(deps.db, table, rest, signal)
    await sql`delete from message_receipts where contact_id = any(${rest.contacts}::text[])`.execute(deps.db)
    await eraseRaw(deps.db, rest, signal)
  }
}

/** What colleagues have written beside the chat, and begun to write in it. */
async function eraseBeside(db: Db, conversation: ConversationId, { at }: Rest, signal: AbortSignal): Promise<void> {
  await transact(db, (tx) => deleteDraftsIn(tx, conversation, new Date(at)))
  do signal.throwIfAborted()
  while (await transact(db, (tx) => emptyNotesOf(tx, conversation, new Date(at), atOnce)))
}

/** Walks a conversation backwards and erases what is told by `whose`, as far as it had come when the person was erased. */
async function eraseIn(
  deps: { db: Db; files: Pick<MediaFiles, 'remove'> },
  conversation: ConversationId,
  rest: Rest,
  whose: RawBuilder<unknown>,
  signal: AbortSignal,
): Promise<void> {
  for (let from: { id: string; sent_at: Date } | undefined; ;) {
    signal.throwIfAborted()
    const before = from === undefined ? sql`true` : sql`(sent_at, id) < (${from.sent_at}, ${from.id})`
    const { rows } = await sql<{ id: MessageId; sent_at: Date; due: boolean }>`select id, sent_at,
        (${whose} and received_at <= ${rest.at}::timestamptz and not (deleted_at is not null and content = '{}' and text = '' and metadata = '{}')) as due
      from messages where conversation_id = ${conversation} and ${before} order by sent_at desc, id desc limit ${lookedAtOnce}`.execute(
      deps.db,
    )
    const due = rows.filter((row) => row.due).map((row) => row.id)
    for (let start = 0; start < due.length; start += atOnce) await eraseMessages(deps, due.slice(start, start + atOnce), rest.at)
    from = rows.at(-1)
    if (rows.length < lookedAtOnce) return
  }
}

/** Files go first: a row whose file is gone is erased by the next try, a file without a row would stay for ever. */
async function eraseMessages(
  { db, files }: { db: Db; files: Pick<MediaFiles, 'remove'> },
  ids: readonly MessageId[],
  at: string,
): Promise<void> {
  const { rows: media } = await sql<{ id: MediaId }>`select id from media where message_id = any(${ids}::text[])`.execute(db)
  for (const { id } of media) await files.remove(id)
  await transact(db, async (tx) => {
    await sql`delete from media where message_id = any(${ids}::text[])`.execute(tx)
    for (const table of ['reactions', 'poll_votes', 'not_understood', 'deeds', 'outbox', 'message_receipts', 'message_versions'])
      await sql`delete from ${sql.table(table)} where message_id = any(${ids}::text[])`.execute(tx)
    const { rows } = await sql<{ id: MessageId; channel_id: ChannelId }>`update messages set type = 'deleted', content = '{}', text = '',
        metadata = '{}', error = null, receipts = null, reply_preview = null, status = case when status in ('queued', 'sending') then 'failed' else status end, reply_to_external_id = null, deleted_at = coalesce(deleted_at, ${at}::timestamptz)
      where id = any(${ids}::text[]) returning id, channel_id`.execute(tx)
    await appendEvents(
      tx,
      rows.map((row) => ({ type: 'message.updated', objectId: row.id, channelId: row.channel_id })),
      new Date(at),
    )
  })
}

async function erasePictures({ db, files }: { db: Db; files: Pick<MediaFiles, 'remove'> }, ids: readonly MediaId[]): Promise<void> {
  for (const id of ids) await files.remove(id)
  await sql`delete from media where id = any(${ids}::text[])`.execute(db)
}

/** What others have quoted of them. */
async function eraseQuotes(db: Db, group: ConversationId, { contacts }: Rest): Promise<void> {
  await sql`update messages set reply_preview = null where conversation_id = ${group} and reply_preview is not null and reply_to_external_id in
    (select external_id from messages where conversation_id = ${group} and sender_contact_id = any(${contacts}::text[]))`.execute(db)
}

/** Reactions and votes on what others have said. */
async function eraseAnswers(db: Db, table: string, { contacts }: Rest, signal: AbortSignal): Promise<void> {
  for (;;) {
    signal.throwIfAborted()
    const { numAffectedRows } = await sql`delete from ${sql.table(table)} where (message_id, sender) in
      (select message_id, sender from ${sql.table(table)} where contact_id = any(${contacts}::text[]) limit ${atOnce})`.execute(db)
    if (numAffectedRows !== BigInt(atOnce)) return
  }
}

/** Raw data that names the person or their chats: batches keep their keys, by which a repeat of them is known. */
async function eraseRaw(db: Db, { names }: Rest, signal: AbortSignal): Promise<void> {
  if (names.length === 0) return
  const patterns = names.map((name) => `%${name.replaceAll(/[\\%_]/g, (sign) => `\\${sign}`)}%`)
  for (let after = '0'; ;) {
    signal.throwIfAborted()
    const { rows } = await sql<{ last: string | null }>`with piece as (
        select id, done_at, body from inbound_batches where id > ${after} order by id limit ${batchesAtOnce}
      ), emptied as (
        update inbound_batches b set body = '' from piece where b.id = piece.id and piece.done_at is not null and piece.body like any(${patterns}::text[])
      ) select max(id)::text as last from piece`.execute(db)
    const [piece] = rows
    if (piece?.last == null) break
    after = piece.last
  }
  for (const [table, column] of [
    ['dead_letters', 'raw'],
    ['deferred_events', 'raw'],
    ['not_understood', 'raw'],
    ['pending_relations', 'event'],
  ] as const) {
    await sql`delete from ${sql.table(table)} where ${sql.ref(column)}::text like any(${patterns}::text[])`.execute(db)
  }
}
