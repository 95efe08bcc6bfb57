import { sql } from 'kysely'
import type { ChannelId, ContactId, ConversationId } from '../../contract/ids.ts'
import { toJsonb } from '../lib/json.ts'
import { recordset } from './rows.ts'
import type { Tx } from './schema.ts'
import type { ContactFields, MovedByMerge } from './stored-json.ts'

/** A conversation that now belongs to another contact. */
export interface MovedConversation {
  readonly id: ConversationId
  readonly channel_id: ChannelId
}

/** As many pairs as the contract allows (`contract/schema.ts`). */
const mostMetadata = 16

interface Merge {
  readonly kept: ContactId
  readonly merged: ContactId
  /** Who asked for it; null when the network told that both are one. */
  readonly by: string | null
  readonly now: Date
}

/**
 * Takes one contact into another: addresses and conversations move, what the kept one lacks is filled in, and the merged one leads to it
 * from now on, with all that were merged into it before. Undefined when one of them is gone or merged already.
 */
export async function joinContacts(tx: Tx, { kept, merged, by, now }: Merge): Promise<readonly MovedConversation[] | undefined> {
  const rows = await lockFields(tx, [kept, merged])
  const [before, other] = [rows.get(kept), rows.get(merged)]
  if (before === undefined || other === undefined) return undefined
  const after = combine(before, other)
  if (after.external_id !== before.external_id) await setExternalId(tx, merged, null)
  await setFields(tx, kept, after, now)
  const { rows: addresses } = await sql<{ type: string; value: string }>`update contact_addresses set contact_id = ${kept}
    where contact_id = ${merged} returning type, value`.execute(tx)
  const { rows: conversations } = await sql<MovedConversation>`update conversations set contact_id = ${kept}, updated_at = ${now}
    where contact_id = ${merged} returning id, channel_id`.execute(tx)
  const { rows: followers } = await sql<{
    id: ContactId
  }>`update contacts set merged_into = ${kept} where merged_into = ${merged} returning id`.execute(tx)
  await sql`update conversation_members set contact_id = ${kept} where contact_id = ${merged}`.execute(tx)
  await sql`update contacts c set picture_id = coalesce(c.picture_id, o.picture_id) from contacts o where c.id = ${kept} and o.id = ${merged}`.execute(
    tx,
  )
  await sql`update contacts set merged_into = ${kept}, updated_at = ${now} where id = ${merged}`.execute(tx)
  const moved: MovedByMerge = {
    addresses,
    conversations: conversations.map((row) => row.id),
    followers: followers.map((row) => row.id),
    before,
    after,
  }
  await sql`insert into contact_merges (kept_id, merged_id, moved, merged_by, created_at)
    values (${kept}, ${merged}, ${toJsonb(moved)}::jsonb, ${by}, ${now})`.execute(tx)
  return conversations
}

/**
 * Takes a merged contact out again, with what it brought and what is still there. What came since stays with the one it was in. Undefined
 * when it is not merged into that one.
 */
export async function partContacts(
  tx: Tx,
  { from, merged, now }: { from: ContactId; merged: ContactId; now: Date },
): Promise<readonly MovedConversation[] | undefined> {
  await sql`select id from contacts where id in (${from}, ${merged}) order by id for update`.execute(tx)
  const record = await tx
    .selectFrom('contact_merges as m')
    .innerJoin('contacts as c', 'c.id', 'm.merged_id')
    .select(['m.id', 'm.kept_id', 'm.moved'])
    .where('m.merged_id', '=', merged)
    .where('m.undone_at', 'is', null)
    .where('c.merged_into', '=', from)
    .orderBy('m.id', 'desc')
    .limit(1)
    .executeTakeFirst()
  if (record === undefined) return undefined
  const { addresses, conversations, followers, before, after } = record.moved
  await restoreFields(tx, record.kept_id, { from, merged, before, after, now })
  await sql`update contact_addresses a set contact_id = ${merged} from ${recordset(addresses, { type: 'text', value: 'text' })}
    where a.type = r.type and a.value = r.value and a.contact_id = ${from}`.execute(tx)
  const { rows: moved } = await sql<MovedConversation>`update conversations set contact_id = ${merged}, updated_at = ${now}
    where id = any(${conversations}::text[]) and contact_id = ${from} returning id, channel_id`.execute(tx)
  // A group knows its people by the network's names, which have gone back.
  await sql`update conversation_members m set contact_id = ${merged} from contact_addresses a
    where m.contact_id = ${from} and a.value = m.external_id and a.contact_id = ${merged}`.execute(tx)
  await sql`update contacts set merged_into = ${merged} where id = any(${followers}::text[]) and merged_into = ${from}`.execute(tx)
  await sql`update contacts set merged_into = null, updated_at = ${now} where id = ${merged}`.execute(tx)
  await sql`update contact_merges set undone_at = ${now} where id = ${record.id}`.execute(tx)
  return moved
}

/** Whether people have taken these two apart: then the network's word that they are one counts no more. */
export async function wereParted(tx: Tx, one: ContactId, other: ContactId): Promise<boolean> {
  const { rows } = await sql`select 1 from contact_merges where undone_at is not null
    and ((merged_id = ${one} and kept_id = ${other}) or (merged_id = ${other} and kept_id = ${one})) limit 1`.execute(tx)
  return rows.length > 0
}

async function lockFields(tx: Tx, ids: readonly ContactId[]): Promise<ReadonlyMap<ContactId, ContactFields>> {
  const { rows } = await sql<
    ContactFields & { id: ContactId }
  >`select id, name, is_named, phone, username, external_id, metadata from contacts
    where id = any(${ids}::text[]) and merged_into is null and erased_at is null order by id for update`.execute(tx)
  return new Map(rows.map(({ id, ...fields }) => [id, fields]))
}

/** What is known of either; where both say something, the first is right. A name that was given here is better than the network's. */
function combine(one: ContactFields, other: ContactFields): ContactFields {
  const named = one.is_named || !other.is_named ? one : other
  const both = { ...other.metadata, ...one.metadata }
  return {
    name: named.name,
    is_named: named.is_named,
    phone: one.phone ?? other.phone,
    username: one.username ?? other.username,
    external_id: one.external_id ?? other.external_id,
    metadata: Object.keys(both).length <= mostMetadata ? both : one.metadata,
  }
}

async function setFields(tx: Tx, id: ContactId, { metadata, ...fields }: ContactFields, now: Date): Promise<void> {
  await tx
    .updateTable('contacts')
    .set({ ...fields, metadata: toJsonb(metadata), updated_at: now })
    .where('id', '=', id)
    .execute()
}

async function setExternalId(tx: Tx, id: ContactId, externalId: string | null): Promise<void> {
  await tx.updateTable('contacts').set({ external_id: externalId }).where('id', '=', id).execute()
}

/** Puts back what the merge changed, as far as nobody has changed it since. */
async function restoreFields(
  tx: Tx,
  kept: ContactId,
  { from, merged, before, after, now }: { from: ContactId; merged: ContactId; before: ContactFields; after: ContactFields; now: Date },
): Promise<void> {
  const { rows } =
    await sql<ContactFields>`select name, is_named, phone, username, external_id, metadata from contacts where id = ${kept}`.execute(tx)
  const [present] = rows
  if (present === undefined) return
  const isAsMerged = <K extends keyof ContactFields>(field: K) => JSON.stringify(present[field]) === JSON.stringify(after[field])
  const back = <K extends keyof ContactFields>(field: K) => (isAsMerged(field) ? before[field] : present[field])
  const name = isAsMerged('name') && isAsMerged('is_named') ? before : present
  await setFields(
    tx,
    kept,
    {
      name: name.name,
      is_named: name.is_named,
      phone: back('phone'),
      username: back('username'),
      external_id: back('external_id'),
      metadata: back('metadata'),
    },
    now,
  )
  if (after.external_id === before.external_id || after.external_id === null) return
  // It came from the merged one, and may have gone on with the one that it is in now.
  await sql`update contacts set external_id = null where id = ${from} and external_id = ${after.external_id}`.execute(tx)
  const { rows: taken } = await sql`select 1 from contacts where external_id = ${after.external_id}`.execute(tx)
  if (taken.length === 0) await setExternalId(tx, merged, after.external_id)
}
