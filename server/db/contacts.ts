import { sql } from 'kysely'
import type { ContactId, ConversationId } from '../../contract/ids.ts'
import { columnList, recordset } from './rows.ts'
import type { Tables, Tx } from './schema.ts'

export type AddressType = Tables['contact_addresses']['type']
export interface KnownAddress {
  readonly type: AddressType
  readonly value: string
  readonly contact_id: ContactId
}

/** Who these addresses belong to, as far as they are known, and what is known of them. */
export async function listAddresses(
  tx: Tx,
  addresses: readonly { type: AddressType; value: string }[],
): Promise<readonly (KnownAddress & Pick<NewContact, 'name' | 'phone'>)[]> {
  if (addresses.length === 0) return []
  const { rows } = await sql<KnownAddress & Pick<NewContact, 'name' | 'phone'>>`select a.type, a.value, a.contact_id, c.name, c.phone
    from ${recordset(addresses, { type: 'text', value: 'text' })} join contact_addresses a using (type, value)
    join contacts c on c.id = a.contact_id`.execute(tx)
  return rows
}

export interface NewContact {
  readonly id: ContactId
  readonly name: string
  readonly phone: string | null
}

export async function insertContacts(tx: Tx, contacts: readonly NewContact[], now: Date): Promise<void> {
  if (contacts.length === 0) return
  const columns = { id: 'text', name: 'text', phone: 'text' }
  await sql`insert into contacts (${columnList(columns)}, created_at, updated_at)
    select ${columnList(columns)}, ${now}, ${now} from ${recordset(contacts, columns)}`.execute(tx)
}

/** Adds addresses; one that belongs to somebody already stays with them. */
export async function insertAddressesOnce(tx: Tx, addresses: readonly KnownAddress[], now: Date): Promise<void> {
  if (addresses.length === 0) return
  const columns = { type: 'text', value: 'text', contact_id: 'text' }
  await sql`insert into contact_addresses (${columnList(columns)}, created_at)
    select ${columnList(columns)}, ${now} from ${recordset(addresses, columns)} on conflict do nothing`.execute(tx)
}

/** Notes who wrote in which group. */
export async function insertParticipantsOnce(
  tx: Tx,
  participants: readonly { contact_id: ContactId; conversation_id: ConversationId }[],
): Promise<void> {
  if (participants.length === 0) return
  const columns = { contact_id: 'text', conversation_id: 'text' }
  await sql`insert into participants (${columnList(columns)})
    select distinct ${columnList(columns)} from ${recordset(participants, columns)} on conflict do nothing`.execute(tx)
}

/** Takes over what the network says of people, but for names that were given here; returns those who really changed. */
export async function updateContacts(
  tx: Tx,
  contacts: readonly { id: ContactId; name: string | null; phone: string | null }[],
  now: Date,
): Promise<readonly ContactId[]> {
  if (contacts.length === 0) return []
  const { rows } = await sql<{ id: ContactId }>`update contacts c
    set name = case when c.is_named then c.name else coalesce(r.name, c.name) end, phone = coalesce(r.phone, c.phone), updated_at = ${now}
    from ${recordset(contacts, { id: 'text', name: 'text', phone: 'text' })}
    where c.id = r.id and (not c.is_named and coalesce(r.name, c.name) <> c.name or coalesce(r.phone, c.phone) is distinct from c.phone)
    returning c.id`.execute(tx)
  return rows.map((row) => row.id)
}
