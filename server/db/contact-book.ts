import { sql } from 'kysely'
import type { ChannelId, ContactId, ConversationId } from '../../contract/ids.ts'
import { toJsonb } from '../lib/json.ts'
import type { AddressType } from './contacts.ts'
import type { DbOrTx, Tables, Tx } from './schema.ts'
import type { ContactFields } from './stored-json.ts'

/** A contact as it is changed. */
export type ContactRow = ContactFields & Pick<Tables['contacts'], 'id' | 'created_by'>

/** Lets changes of one number or external id wait for each other until the transaction ends. */
export async function lockContactNames(tx: Tx, names: readonly string[]): Promise<void> {
  for (const name of names.toSorted()) await sql`select pg_advisory_xact_lock(hashtext('contact'), hashtext(${name}))`.execute(tx)
}

/** Whom an id means by now: one that was merged leads to the one that it was merged into. Undefined for the erased. */
export async function findContactId(db: DbOrTx, id: ContactId): Promise<ContactId | undefined> {
  const { rows } = await sql<{
    id: ContactId
  }>`select coalesce(merged_into, id) as id from contacts where id = ${id} and erased_at is null`.execute(db)
  return rows[0]?.id
}

export async function findContactByExternalId(db: DbOrTx, externalId: string): Promise<ContactId | undefined> {
  const { rows } = await sql<{
    id: ContactId
  }>`select coalesce(merged_into, id) as id from contacts where external_id = ${externalId}`.execute(db)
  return rows[0]?.id
}

export async function findContactByAddress(db: DbOrTx, type: AddressType, value: string): Promise<ContactId | undefined> {
  const row = await db
    .selectFrom('contact_addresses')
    .select('contact_id')
    .where('type', '=', type)
    .where('value', '=', value)
    .executeTakeFirst()
  return row?.contact_id
}

/** The contact, locked until the transaction ends; undefined when it is gone or merged. */
export async function lockContact(tx: Tx, id: ContactId): Promise<ContactRow | undefined> {
  return tx
    .selectFrom('contacts')
    .select(['id', 'name', 'is_named', 'phone', 'username', 'external_id', 'metadata', 'created_by'])
    .where('id', '=', id)
    .where('merged_into', 'is', null)
    .where('erased_at', 'is', null)
    .forUpdate()
    .executeTakeFirst()
}

export async function insertContact(tx: Tx, { metadata, ...row }: ContactRow, now: Date): Promise<void> {
  await tx
    .insertInto('contacts')
    .values({ ...row, metadata: toJsonb(metadata), merged_into: null, erased_at: null, created_at: now, updated_at: now })
    .execute()
}

export async function updateContact(
  tx: Tx,
  id: ContactId,
  { metadata, ...fields }: Partial<ContactFields> & Partial<Pick<ContactRow, 'created_by'>>,
  now: Date,
): Promise<void> {
  await tx
    .updateTable('contacts')
    .set({ ...fields, ...(metadata === undefined ? {} : { metadata: toJsonb(metadata) }), updated_at: now })
    .where('id', '=', id)
    .execute()
}

/** Takes an external id back from contacts that were merged into this one, for it to have it itself. */
export async function releaseExternalId(tx: Tx, id: ContactId, externalId: string): Promise<void> {
  await tx.updateTable('contacts').set({ external_id: null }).where('external_id', '=', externalId).where('merged_into', '=', id).execute()
}

export async function deleteAddress(tx: Tx, type: AddressType, value: string): Promise<void> {
  await tx.deleteFrom('contact_addresses').where('type', '=', type).where('value', '=', value).execute()
}

/** The conversations of a contact, with the channels that they are on. */
export async function listConversationsOf(
  tx: Tx,
  id: ContactId,
): Promise<readonly { readonly id: ConversationId; readonly channel_id: ChannelId }[]> {
  return tx.selectFrom('conversations').select(['id', 'channel_id']).where('contact_id', '=', id).orderBy('id').execute()
}
