import { type RawBuilder, type Selectable, sql } from 'kysely'
import type { Address, Contact } from '../../../contract/contact.ts'
import type { ContactId, ConversationId, MediaId } from '../../../contract/ids.ts'
import { AppError } from '../../lib/errors.ts'
import type { Tables } from '../schema.ts'
import { isOneOf, planAnew } from '../prepare.ts'
import { pictureUrl } from './members.ts'
import { decodeCursor, defaultLimit, encodeCursor, type Page, pageOf, type PageRequest, present } from './page.ts'
import { likeAnywhere } from './text.ts'
import type { Reads, Viewer } from './viewer.ts'

type Row = Selectable<Tables['contacts']> & { readonly shown_picture_id: MediaId | null }
interface Belongings {
  readonly addresses: readonly Address[]
  readonly conversations: readonly ConversationId[]
  readonly merged: readonly ContactId[]
}

function toContact(row: Row, { addresses, conversations, merged }: Belongings): Contact {
  const { id, name, metadata } = row
  return {
    id,
    name,
    ...present('phone', row.phone),
    ...present('username', row.username),
    ...present('avatar_url', row.shown_picture_id === null ? null : pictureUrl(row.shown_picture_id)),
    addresses: [...addresses],
    ...present('external_id', row.external_id),
    metadata,
    conversation_ids: [...conversations],
    ...(merged.length === 0 ? {} : { merged_ids: [...merged] }),
  }
}

/**
 * Whom a viewer may know: whom somebody entered here, and everybody who has or takes part in a chat that the viewer may see. `c` is the
 * contact; who was merged or erased is nobody any more.
 */
function isKnownTo({ channels }: Viewer): RawBuilder<boolean> {
  const seen = sql`v.channel_id = any(${channels}::text[])`
  return sql<boolean>`c.merged_into is null and c.erased_at is null and (c.created_by is not null
    or exists (select from conversations v where v.contact_id = c.id and ${seen})
    or exists (select from conversation_members p join conversations v on v.id = p.conversation_id where p.contact_id = c.id and ${seen})
    or exists (select from participants p join conversations v on v.id = p.conversation_id
      where (p.contact_id = c.id or p.contact_id in (select id from contacts where merged_into = c.id)) and ${seen}))`
}

/** Contacts by id, as far as the viewer may know them, each with those of their conversations that the viewer may see. */
export async function presentContacts(db: Reads, viewer: Viewer, ids: readonly ContactId[]): Promise<ReadonlyMap<ContactId, Contact>> {
  if (ids.length === 0) return new Map()
  const [rows, addresses, conversations, merged] = await Promise.all([
    db
      .selectFrom('contacts as c')
      .leftJoin('media as i', (join) => join.onRef('i.id', '=', 'c.picture_id').on('i.status', '=', 'ready'))
      .selectAll('c')
      .select('i.id as shown_picture_id')
      .where(isOneOf('c.id', ids))
      .where(isKnownTo(viewer))
      .execute(),
    db
      .selectFrom('contact_addresses')
      .select(['contact_id', 'type', 'value', 'scope', 'source'])
      .where(isOneOf('contact_id', ids))
      .orderBy('created_at')
      .orderBy('value')
      .execute(),
    db
      .selectFrom('conversations')
      .select(['contact_id', 'id'])
      .where(isOneOf('contact_id', ids))
      .where(isOneOf('channel_id', viewer.channels))
      .orderBy('id')
      .execute(),
    db.selectFrom('contacts').select(['id', 'merged_into']).where(isOneOf('merged_into', ids)).orderBy('id').execute(),
  ])
  const addressesOf = Map.groupBy(addresses, (address) => address.contact_id)
  const conversationsOf = Map.groupBy(conversations, (conversation) => conversation.contact_id)
  const mergedInto = Map.groupBy(merged, (contact) => contact.merged_into)
  return new Map(
    rows.map((row) => [
      row.id,
      toContact(row, {
        addresses: (addressesOf.get(row.id) ?? []).map(({ type, value, scope, source }) => ({
          type,
          value,
          ...(scope === '' ? {} : { scope }),
          source,
        })),
        conversations: (conversationsOf.get(row.id) ?? []).map((conversation) => conversation.id),
        merged: (mergedInto.get(row.id) ?? []).map((contact) => contact.id),
      }),
    ]),
  )
}

/** The contact that this id leads to. Throws not_found, also for whom the viewer may not know. */
export async function getContact(db: Reads, viewer: Viewer, id: ContactId): Promise<Contact> {
  const row = await db
    .selectFrom('contacts')
    .select(sql<ContactId>`coalesce(merged_into, id)`.as('id'))
    .where('id', '=', id)
    .executeTakeFirst()
  const found = row === undefined ? undefined : (await presentContacts(db, viewer, [row.id])).get(row.id)
  if (found === undefined) throw new AppError('not_found', 'There is no such contact.')
  return found
}

/** What narrows the list of contacts; the phone as it is kept, `+` and digits. */
export interface ContactFilter {
  readonly phone?: string
  readonly externalId?: string
  readonly q?: string
}

/** Contacts that the viewer may know, the newest first. */
export async function listContacts(
  db: Reads,
  viewer: Viewer,
  filter: ContactFilter,
  { cursor, limit = defaultLimit }: PageRequest,
): Promise<Page<Contact>> {
  const wanted = sql<boolean>`${sql.join([isKnownTo(viewer), ...conditions(filter)], sql` and `)}`
  let query = db
    .selectFrom('contacts as c')
    .modifyFront(planAnew)
    .select('c.id')
    .where(wanted)
    .orderBy('c.id', 'desc')
    .limit(limit + 1)
  if (cursor !== undefined) query = query.where('c.id', '<', decodeCursor(cursor, ['id'])[0] as ContactId)
  const ids = (await query.execute()).map((row) => row.id)
  const found = await presentContacts(db, viewer, ids.slice(0, limit))
  return pageOf(
    ids,
    limit,
    (last) => encodeCursor([last]),
    (shown) => shown.flatMap((id) => found.get(id) ?? []),
  )
}

function conditions({ phone, externalId, q }: ContactFilter): RawBuilder<boolean>[] {
  return [
    ...(phone === undefined
      ? []
      : [sql<boolean>`c.id = (select contact_id from contact_addresses where type = 'phone' and value = ${phone})`]),
    ...(externalId === undefined
      ? []
      : [sql<boolean>`c.id = (select coalesce(merged_into, id) from contacts where external_id = ${externalId})`]),
    ...(q === undefined ? [] : [isCalled(q)]),
  ]
}

/** The name or username has this in it, or the phone, if these are digits. */
function isCalled(q: string): RawBuilder<boolean> {
  const pattern = likeAnywhere(q)
  const digits = q.replaceAll(/[\s().+-]/g, '')
  const byPhone = /^\d{3,15}$/.test(digits) ? sql`union all select id from contacts where phone like ${`%${digits}%`}` : sql``
  return sql`c.id in (select id from contacts where lower(name) like lower(${pattern})
    union all select id from contacts where lower(username) like lower(${pattern}) ${byPhone})`
}
