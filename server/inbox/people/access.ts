import { type RawBuilder, sql } from 'kysely'
import type { ApiKeyId, ChannelId, ConversationId, ExternalId, MessageId, UserId } from '../../../contract/ids.ts'
import type { Role, Scope } from '../../../contract/user.ts'
import { followed } from '../../db/read/conversations.ts'
import type { Reads, Viewer } from '../../db/read/viewer.ts'
import { AppError } from '../../lib/errors.ts'

/** A person who signed in. */
export interface UserActor {
  readonly kind: 'user'
  readonly id: UserId
  readonly name: string
  readonly role: Role
  /** The numbers of the key that acts for this person, where it has only some: its own bounds hold for it in any name. */
  readonly within?: readonly ChannelId[]
}
/** An API key: a service account of its own. `channelIds` is null for a key that may see every shared channel. */
export interface KeyActor {
  readonly kind: 'key'
  readonly id: ApiKeyId
  readonly name: string
  readonly scopes: readonly Scope[]
  readonly channelIds: readonly ChannelId[] | null
}
/** Whoever calls. */
export type Actor = UserActor | KeyActor

export function isAdmin(actor: Actor): boolean {
  return actor.kind === 'user' && actor.role === 'admin'
}

/**
 * The one policy of who sees which chats (`settled.md` 17): an agent its own channels and the shared ones that name it or
 * nobody; an admin its own and all shared; a key the shared ones that it was given. A deleted channel keeps its readers.
 */
function sees(actor: Actor): RawBuilder<boolean> {
  const shared = sql<boolean>`channels.access = 'shared'`
  if (actor.kind === 'key') return actor.channelIds === null ? shared : sql`(${shared} and channels.id = any(${actor.channelIds}::text[]))`
  const { within, ...unbound } = actor
  if (within !== undefined) return sql`(${sees(unbound)} and channels.id = any(${within}::text[]))`
  const own = sql<boolean>`channels.owner_id = ${actor.id}`
  if (actor.role === 'admin') return sql`(${own} or ${shared})`
  const members = sql`select from channel_members m where m.channel_id = channels.id`
  return sql`(${own} or (${shared} and (not exists (${members}) or exists (${members} and m.user_id = ${actor.id}))))`
}

/** The channels whose chats this actor may read and answer. */
export async function visibleChannelIds(db: Reads, actor: Actor): Promise<readonly ChannelId[]> {
  const rows = await db.selectFrom('channels').select('id').where(sees(actor)).execute()
  return rows.map((row) => row.id)
}

/** Of the numbers that are there, those that this actor may write from: their own, the defaults, and as far as they are asked for the rest. */
export async function listUsableNumbers(db: Reads, actor: Actor, among: readonly ChannelId[]) {
  return db
    .selectFrom('channels')
    .select(['id', 'name', 'phone', 'provider', 'access', 'owner_id', 'is_default', 'status'])
    .where(sees(actor))
    .where('deleted_at', 'is', null)
    .where(sql<boolean>`(channels.is_default or channels.owner_id = ${actor.id} or channels.id = any(${among}::text[]))`)
    .orderBy('id')
    .execute()
}

/** Who of these active people may read the chats of a channel. */
export async function listReaders(db: Reads, channel: ChannelId, among: readonly UserId[]): Promise<readonly UserId[]> {
  const people = await db
    .selectFrom('users')
    .select(['id', 'name', 'role'])
    .where(sql<boolean>`id = any(${among}::text[])`)
    .where('active', '=', true)
    .execute()
  const readers: UserId[] = []
  for (const person of people) if ((await visibleChannelIds(db, { kind: 'user', ...person })).includes(channel)) readers.push(person.id)
  return readers
}

/** The channels that this actor may know of: besides those it sees, an admin knows that others' personal ones exist. Without the deleted ones. */
export async function knownChannelIds(db: Reads, actor: Actor): Promise<readonly ChannelId[]> {
  const present = db.selectFrom('channels').select('id').where('deleted_at', 'is', null)
  const rows = await (isAdmin(actor) ? present : present.where(sees(actor))).execute()
  return rows.map((row) => row.id)
}

/** Whether this actor may rename, share or unlink a channel: its owner and admins. */
export function mayManage(actor: Actor, channel: { readonly owner_id: UserId | null }): boolean {
  return isAdmin(actor) || (actor.kind === 'user' && channel.owner_id === actor.id)
}

/** For whom the read side presents rows. */
export async function viewerOf(db: Reads, actor: Actor): Promise<Viewer> {
  return { id: actor.id, isAdmin: isAdmin(actor), channels: await visibleChannelIds(db, actor) }
}

/** A conversation and where it is. */
export interface Place {
  readonly id: ConversationId
  readonly external_id: ExternalId
  readonly channel_id: ChannelId
  /** Null where one may always write freely. */
  readonly window_closes_at: Date | null
}

/** The conversation that this id leads to, which may be another than is named, with its channel. Throws not_found, also for what this actor may not see. */
export async function getConversationFor(db: Reads, actor: Actor, id: ConversationId): Promise<Place> {
  const row = await db
    .selectFrom('conversations')
    .innerJoin('channels', 'channels.id', 'conversations.channel_id')
    .select(['conversations.id', 'conversations.external_id', 'conversations.channel_id', 'conversations.window_closes_at'])
    .where('conversations.id', '=', followed(id))
    .where('conversations.excluded_at', 'is', null)
    .where(sees(actor))
    .executeTakeFirst()
  if (row === undefined) throw new AppError('not_found', 'There is no such conversation.')
  return row
}

/** The message with its conversation. Throws not_found, also for what this actor may not see. */
export async function getMessageFor(
  db: Reads,
  actor: Actor,
  id: MessageId,
): Promise<{ id: MessageId; conversation_id: ConversationId; channel_id: ChannelId }> {
  const row = await db
    .selectFrom('messages')
    .innerJoin('channels', 'channels.id', 'messages.channel_id')
    .select(['messages.id', 'messages.conversation_id', 'messages.channel_id'])
    .where('messages.id', '=', id)
    .where(sees(actor))
    .executeTakeFirst()
  if (row === undefined) throw new AppError('not_found', 'There is no such message.')
  return row
}

/**
 * The person in whose name a key with `act_as` sends, named by id or `ext:<external id>`, with that person's rights. Throws forbidden, or
 * invalid_request for who is not there.
 */
export async function onBehalfOf(db: Reads, actor: Actor, name: string): Promise<UserActor> {
  if (actor.kind === 'key' && !actor.scopes.includes('act_as')) throw mayNotActAs()
  const row = await db
    .selectFrom('users')
    .select(['id', 'name', 'role'])
    .where((e) => (name.startsWith('ext:') ? e('external_id', '=', name.slice(4)) : e('id', '=', name as UserId)))
    .where('active', '=', true)
    .executeTakeFirst()
  if (actor.kind === 'user') {
    if (row?.id !== actor.id) throw mayNotActAs()
    return actor
  }
  const detail = 'There is no such active person.'
  if (row === undefined)
    throw new AppError('invalid_request', detail, { fields: [{ pointer: '/on_behalf_of', code: 'not_found', detail }] })
  return { kind: 'user', ...row, ...(actor.channelIds === null ? {} : { within: actor.channelIds }) }
}

/** For whom the answer to what was done in a person's name is presented: the caller, seeing what that person sees. Throws as `onBehalfOf`. */
export async function viewerInNameOf(db: Reads, actor: Actor, name: string | undefined): Promise<Viewer> {
  const viewer = await viewerOf(db, actor)
  return name === undefined ? viewer : { ...viewer, channels: await visibleChannelIds(db, await onBehalfOf(db, actor, name)) }
}

function mayNotActAs(): AppError {
  const detail = 'Only an API key with the scope act_as may send in the name of a person.'
  return new AppError('forbidden', detail, { fields: [{ pointer: '/on_behalf_of', code: 'forbidden', detail }] })
}
