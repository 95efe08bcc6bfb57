import { sql } from 'kysely'
import type { ContactId, ConversationId, ExternalId } from '../../contract/ids.ts'
import { recordset } from './rows.ts'
import type { Tx } from './schema.ts'

/** Somebody in a group, by the network's name of them. */
export interface GroupMember {
  readonly external_id: ExternalId
  readonly contact_id: ContactId
}

const columns = { external_id: 'text', contact_id: 'text' }

/** Puts people into a group; true when one was not in it. Who is told of first was there before; who is told of later comes now. */
export async function addMembers(tx: Tx, group: ConversationId, members: readonly GroupMember[], now: Date): Promise<boolean> {
  if (members.length === 0) return false
  const { numAffectedRows } = await sql`insert into conversation_members (conversation_id, external_id, contact_id, joined_at)
    select distinct on (external_id) ${group}, external_id, contact_id,
      case when exists (select from conversation_members where conversation_id = ${group}) then ${now}::timestamptz end from ${recordset(members, columns)}
    on conflict (conversation_id, external_id) do update set contact_id = excluded.contact_id
    where conversation_members.contact_id <> excluded.contact_id`.execute(tx)
  return (numAffectedRows ?? 0n) > 0n
}

/** Takes somebody out of a group; false when they were not in it. */
export async function removeMember(tx: Tx, group: ConversationId, external: ExternalId): Promise<boolean> {
  const { numDeletedRows } = await tx
    .deleteFrom('conversation_members')
    .where('conversation_id', '=', group)
    .where('external_id', '=', external)
    .executeTakeFirst()
  return numDeletedRows > 0n
}

/** Lets exactly these people be in a group; true when that is a change. */
export async function replaceMembers(tx: Tx, group: ConversationId, members: readonly GroupMember[], now: Date): Promise<boolean> {
  const names = members.map((member) => member.external_id)
  const { numAffectedRows } = await sql`delete from conversation_members where conversation_id = ${group}
    and external_id <> all(${names}::text[])`.execute(tx)
  const added = await addMembers(tx, group, members, now)
  return added || (numAffectedRows ?? 0n) > 0n
}
