import { sql } from 'kysely'
import type { ChannelId, ConversationId, ExternalId, MessageId } from '../../contract/ids.ts'
import type { DeedKind, SendFailure } from '../../contract/message.ts'
import { toJsonb } from '../lib/json.ts'
import { notify } from './notify.ts'
import type { DbOrTx, Tables, Tx } from './schema.ts'
import type { Before, DeedContent, OurReaction } from './stored-json.ts'

/** Something that is done to a message that was sent before. The network knows it by its id. */
export interface Deed {
  readonly id: string
  readonly message_id: MessageId
  readonly channel_id: ChannelId
  readonly conversation_id: ConversationId
  readonly kind: DeedKind
  readonly content: DeedContent
  readonly before: Before
  readonly status: Tables['deeds']['status']
  readonly external_id: ExternalId | null
  readonly created_at: Date
}
export type NewDeed = Omit<Deed, 'status' | 'external_id'>

/** Queues a deed at the end of its conversation's lane. */
export async function insertDeed(tx: Tx, { content, before, ...deed }: NewDeed): Promise<void> {
  const { id: deed_id, message_id, channel_id, conversation_id, created_at: not_before } = deed
  await tx
    .insertInto('deeds')
    .values({ ...deed, content: toJsonb(content), before: toJsonb(before), status: 'queued', external_id: null, error: null })
    .execute()
  await tx.insertInto('outbox').values({ deed_id, message_id, channel_id, conversation_id, state: 'queued', not_before }).execute()
  await notify(tx, 'outbox')
}

/** Finds a deed by its own id or by the id that the network gave it; locked, with its message, until the transaction ends. */
export async function lockDeed(
  tx: Tx,
  by: { readonly id: string } | { readonly channelId: ChannelId; readonly external: ExternalId },
): Promise<Deed | undefined> {
  const which = 'id' in by ? sql`d.id = ${by.id}` : sql`d.channel_id = ${by.channelId} and d.external_id = ${by.external}`
  const { rows } = await sql<Deed>`select d.id, d.message_id, d.channel_id, d.conversation_id, d.kind, d.content, d.before, d.status,
      d.external_id, d.created_at
    from deeds d join messages m on m.id = d.message_id where ${which} for update of m, d`.execute(tx)
  return rows[0]
}

export async function updateDeed(
  tx: Tx,
  id: string,
  { error, ...change }: { status: Deed['status']; external_id?: ExternalId; error?: SendFailure },
): Promise<void> {
  await tx
    .updateTable('deeds')
    .set({ ...change, ...(error === undefined ? {} : { error: toJsonb(error) }) })
    .where('id', '=', id)
    .execute()
}

/** Gives the next deed on what this one was about what stood before this one; false when there is no later one. */
export async function handOnBefore(tx: Tx, deed: Deed): Promise<boolean> {
  const isReaction = deed.kind === 'reaction'
  const { numAffectedRows } = await sql`update deeds set before = ${toJsonb(deed.before)}::jsonb where id = (
    select id from deeds where message_id = ${deed.message_id} and (kind = 'reaction') = ${isReaction} and id > ${deed.id}
      and status <> 'failed' order by id limit 1)`.execute(tx)
  return numAffectedRows === 1n
}

/** A deed as it is done, with its message as it is now. */
export interface DoableDeed extends Deed {
  readonly conversation_external_id: ExternalId
  readonly target: ExternalId | null
  readonly message_status: Tables['messages']['status']
  readonly sent_at: Date
}

export async function findDoable(db: DbOrTx, id: string): Promise<DoableDeed | undefined> {
  const { rows } = await sql<DoableDeed>`select d.id, d.message_id, d.channel_id, d.conversation_id, d.kind, d.content, d.before, d.status,
      d.external_id, d.created_at, c.external_id as conversation_external_id, m.external_id as target, m.status as message_status, m.sent_at
    from deeds d join messages m on m.id = d.message_id join conversations c on c.id = m.conversation_id where d.id = ${id}`.execute(db)
  return rows[0]
}

/** The network's id of a reaction of ours that may still be named by its deed; null when that one never came to be. */
export async function findReactionId(db: DbOrTx, name: ExternalId): Promise<ExternalId | null> {
  const deed = await db.selectFrom('deeds').select('external_id').where('id', '=', name).executeTakeFirst()
  return deed === undefined ? name : deed.external_id
}

/** Whether the network's id is that of a deed of ours. */
export async function isDeed(tx: Tx, channelId: ChannelId, external: ExternalId): Promise<boolean> {
  const found = await tx
    .selectFrom('deeds')
    .select('id')
    .where('channel_id', '=', channelId)
    .where('external_id', '=', external)
    .executeTakeFirst()
  return found !== undefined
}

/** Our number's reaction to a message. */
export async function findOurReaction(tx: Tx, message: MessageId): Promise<OurReaction | null> {
  const row = await tx
    .selectFrom('reactions')
    .select(['emoji', 'external_id', 'user_id', 'at'])
    .where('message_id', '=', message)
    .where('sender', '=', 'us')
    .executeTakeFirst()
  return row === undefined ? null : { ...row, at: row.at.toISOString() }
}

export async function putOurReaction(tx: Tx, message: MessageId, reaction: OurReaction): Promise<void> {
  await tx
    .insertInto('reactions')
    .values({ message_id: message, sender: 'us', contact_id: null, ...reaction })
    .onConflict((conflict) => conflict.columns(['message_id', 'sender']).doUpdateSet(reaction))
    .execute()
}

export async function dropOurReaction(tx: Tx, message: MessageId): Promise<void> {
  await tx.deleteFrom('reactions').where('message_id', '=', message).where('sender', '=', 'us').execute()
}

/** The reaction that was known by its deed is known by the network's id from now on. */
export async function nameReaction(tx: Tx, { id, message_id }: Deed, external: ExternalId): Promise<void> {
  await tx
    .updateTable('reactions')
    .set({ external_id: external })
    .where('message_id', '=', message_id)
    .where('sender', '=', 'us')
    .where('external_id', '=', id as ExternalId)
    .execute()
}
