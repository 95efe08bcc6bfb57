import type { Selectable } from 'kysely'
import type { Address, Contact } from '../../../contract/contact.ts'
import type { ContactId, ConversationId, MediaId } from '../../../contract/ids.ts'
import type { Tables } from '../schema.ts'
import { pictureUrl } from './members.ts'
import { present } from './page.ts'
import { isOneOf, type Reads, type Viewer } from './viewer.ts'

type Row = Selectable<Tables['contacts']> & { readonly shown_picture_id: MediaId | null }

function toContact(row: Row, addresses: readonly Address[], conversations: readonly ConversationId[]): Contact {
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
  }
}

/** Contacts by id, each with those of their conversations that the viewer may see; a contact without any is not shown. */
export async function presentContacts(db: Reads, viewer: Viewer, ids: readonly ContactId[]): Promise<ReadonlyMap<ContactId, Contact>> {
  if (ids.length === 0) return new Map()
  const [rows, addresses, conversations] = await Promise.all([
    db
      .selectFrom('contacts as c')
      .leftJoin('media as i', (join) => join.onRef('i.id', '=', 'c.picture_id').on('i.status', '=', 'ready'))
      .selectAll('c')
      .select('i.id as shown_picture_id')
      .where(isOneOf('c.id', ids))
      .execute(),
    db
      .selectFrom('contact_addresses')
      .select(['contact_id', 'type', 'value'])
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
  ])
  const addressesOf = Map.groupBy(addresses, (address) => address.contact_id)
  const conversationsOf = Map.groupBy(conversations, (conversation) => conversation.contact_id)
  return new Map(
    rows
      .filter((row) => conversationsOf.has(row.id))
      .map((row) => {
        const known = (addressesOf.get(row.id) ?? []).map(({ type, value }) => ({ type, value }))
        return [
          row.id,
          toContact(
            row,
            known,
            (conversationsOf.get(row.id) ?? []).map((conversation) => conversation.id),
          ),
        ]
      }),
  )
}
