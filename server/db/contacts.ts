import { sql } from 'kysely'
import type { ContactId, ConversationId } from '../../contract/ids.ts'
import { columnList, recordset } from './rows.ts'
import type { Tables, Tx } from './schema.ts'

export type AddressType = Tables['contact_addresses']['type']
/** What somebody is known by, within its scope: empty for what is one's everywhere. */
export interface Address {
  readonly type: AddressType
  readonly value: string
  readonly scope: string
}
export interface KnownAddress extends Address {
  readonly contact_id: ContactId
}

/** How an address is found among others. */
export const addressKey = ({ type, value, scope }: Address) => JSON.stringify([type, value, scope])

type Known = KnownAddress & Pick<NewContact, 'name' | 'phone' | 'username'>

/** Who these addresses belong to, as far as they are known, and what is known of them. */
export async function listAddresses(tx: Tx, addresses: readonly Address[]): Promise<readonly Known[]> {
  if (addresses.length === 0) return []
  const { rows } = await sql<Known>`select a.type, a.value, a.scope, a.contact_id, c.name, c.phone, c.username
    from ${recordset(addresses, { type: 'text', value: 'text', scope: 'text' })} join contact_addresses a using (type, value, scope)
    join contacts c on c.id = a.contact_id`.execute(tx)
  return rows
}

export interface NewContact {
  readonly id: ContactId
  readonly name: string
  readonly phone: string | null
  readonly username: string | null
}

export async function insertContacts(tx: Tx, contacts: readonly NewContact[], now: Date): Promise<void> {
  if (contacts.length === 0) return
  const columns = { id: 'text', name: 'text', phone: 'text', username: 'text' }
  await sql`insert into contacts (${columnList(columns)}, created_at, updated_at)
    select ${columnList(columns)}, ${now}, ${now} from ${recordset(contacts, columns)}`.execute(tx)
}

/** Adds addresses; one that belongs to somebody already stays with them. */
export async function insertAddressesOnce(
  tx: Tx,
  addresses: readonly KnownAddress[],
  now: Date,
  source: 'network' | 'entered' = 'network',
): Promise<void> {
  if (addresses.length === 0) return
  const columns = { type: 'text', value: 'text', scope: 'text', contact_id: 'text' }
  await sql`insert into contact_addresses (${columnList(columns)}, source, created_at)
    select ${columnList(columns)}, ${source}, ${now} from ${recordset(addresses, columns)} on conflict do nothing`.execute(tx)
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
  contacts: readonly { id: ContactId; name: string | null; phone: string | null; username: string | null }[],
  now: Date,
): Promise<readonly ContactId[]> {
  if (contacts.length === 0) return []
  const { rows } = await sql<{ id: ContactId }>`update contacts c
    set name = case when c.is_named then c.name else coalesce(r.name, c.name) end, phone = coalesce(r.phone, c.phone),
      username = coalesce(r.username, c.username), updated_at = ${now}
    from ${recordset(contacts, { id: 'text', name: 'text', phone: 'text', username: 'text' })}
    where c.id = r.id and (not c.is_named and coalesce(r.name, c.name) <> c.name
      or (coalesce(r.phone, c.phone), coalesce(r.username, c.username)) is distinct from (c.phone, c.username))
    returning c.id`.execute(tx)
  return rows.map((row) => row.id)
}
