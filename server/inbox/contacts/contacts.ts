import type { ContactInput, ContactPatch } from '../../../contract/contact.ts'
import type { ContactId } from '../../../contract/ids.ts'
import {
  type ContactRow,
  deleteAddress,
  findContactByAddress,
  findContactByExternalId,
  findContactId,
  insertContact,
  listConversationsOf,
  lockContact,
  lockContactNames,
  releaseExternalId,
  updateContact as updateRow,
} from '../../db/contact-book.ts'
import { joinContacts, type MovedConversation, partContacts } from '../../db/contact-merges.ts'
import { insertAddressesOnce } from '../../db/contacts.ts'
import { appendEvents, type Change } from '../../db/events.ts'
import { presentContacts } from '../../db/read/contacts.ts'
import type { Db, Tx } from '../../db/schema.ts'
import { transact } from '../../db/transact.ts'
import type { Clock, NewId } from '../../lib/clock.ts'
import { AppError } from '../../lib/errors.ts'
import { readPhone } from '../../lib/phone.ts'
import { type Actor, viewerOf } from '../people/access.ts'
import { type Claim, makeOnce } from '../idempotency.ts'

export interface ContactDeps {
  readonly db: Db
  readonly clock: Clock
  readonly newId: NewId
}

/** `created` is true as well for one whom the actor could not know before. */
export interface Upserted {
  readonly id: ContactId
  readonly created: boolean
}

/**
 * Enters a contact, or changes the one that has this external id or phone; from then on everybody may know of it. Throws conflict when
 * the two name different contacts, or the contact of this phone has another external id.
 */
export async function upsertContact(deps: ContactDeps, actor: Actor, input: ContactInput, claim: Claim | null): Promise<Upserted> {
  if (claim !== null && claim.made !== null) return { id: claim.made as ContactId, created: true }
  const { external_id } = input
  const phone = input.phone === undefined ? undefined : getPhone(input.phone)
  const names = [...(phone === undefined ? [] : [phone]), ...(external_id === undefined ? [] : [`external ${external_id}`])]
  if (names.length === 0) throw wrong('/external_id', 'required', 'Give external_id or phone: by one of them the contact is found again.')
  const viewer = await viewerOf(deps.db, actor)
  return transact(deps.db, async (tx) => {
    const now = new Date(deps.clock())
    await lockContactNames(tx, names)
    const known = await findKnown(tx, phone, external_id)
    const isKnown = known !== undefined && (await presentContacts(tx, viewer, [known.id])).size === 1
    const id = known?.id ?? deps.newId<ContactId>('contact')
    await makeOnce(tx, claim, id)
    if (known === undefined) {
      const { name, username = null, metadata = {} } = input
      const row: ContactRow = {
        id,
        name: name ?? phone ?? external_id ?? '',
        is_named: name !== undefined,
        phone: phone ?? null,
        username,
        external_id: external_id ?? null,
        metadata,
        created_by: actor.id,
      }
      await insertContact(tx, row, now)
    } else {
      await updateRow(tx, id, newsOf(known, actor, input, phone), now)
    }
    if (phone !== undefined) await insertAddressesOnce(tx, [{ type: 'phone', value: phone, scope: '', contact_id: id }], now, 'entered')
    await appendEvents(tx, [{ type: known === undefined ? 'contact.created' : 'contact.updated', objectId: id }], now)
    await tellConversations(tx, id, now)
    return { id, created: !isKnown }
  })
}

/** What an upsert changes: what it says, and what was not known yet. */
function newsOf(known: ContactRow, actor: Actor, { name, username, metadata, external_id }: ContactInput, phone: string | undefined) {
  return {
    ...(name === undefined ? {} : { name, is_named: true }),
    ...(username === undefined ? {} : { username }),
    ...(metadata === undefined ? {} : { metadata }),
    ...(external_id === undefined || known.external_id !== null ? {} : { external_id }),
    ...(phone === undefined || known.phone !== null ? {} : { phone }),
    ...(known.created_by === null ? { created_by: actor.id } : {}),
  }
}

async function findKnown(tx: Tx, phone: string | undefined, externalId: string | undefined): Promise<ContactRow | undefined> {
  const byExternal = externalId === undefined ? undefined : await findContactByExternalId(tx, externalId)
  const byPhone = phone === undefined ? undefined : await findContactByAddress(tx, 'phone', phone)
  if (byExternal !== undefined && byPhone !== undefined && byExternal !== byPhone)
    throw taken('/phone', 'This phone belongs to another contact than this external_id. Merge the two, then repeat.')
  const id = byExternal ?? byPhone
  const known = id === undefined ? undefined : await lockContact(tx, id)
  if (byExternal === undefined && externalId !== undefined && (known?.external_id ?? null) !== null)
    throw taken('/external_id', 'The contact of this phone has another external_id already.')
  return known
}

/** Changes a contact. Throws not_found for whom the actor may not know, conflict for what is another contact's. */
export async function updateContact(deps: ContactDeps, actor: Actor, id: ContactId, patch: ContactPatch): Promise<void> {
  const found = await getContactFor(deps.db, actor, id)
  const phone = patch.phone == null ? patch.phone : getPhone(patch.phone)
  const { external_id } = patch
  await transact(deps.db, async (tx) => {
    const now = new Date(deps.clock())
    await lockContactNames(tx, [...(phone == null ? [] : [phone]), ...(external_id == null ? [] : [`external ${external_id}`])])
    const row = await lockContact(tx, found)
    if (row === undefined) throw noSuchContact()
    const owner = phone == null ? undefined : await findContactByAddress(tx, 'phone', phone)
    if (owner !== undefined && owner !== found) throw taken('/phone', 'This phone belongs to another contact. Merge the two instead.')
    const namesake = external_id == null ? undefined : await findContactByExternalId(tx, external_id)
    if (namesake !== undefined && namesake !== found) throw taken('/external_id', 'Another contact has this external_id.')
    if (phone !== undefined && row.phone !== null && row.phone !== phone) await deleteAddress(tx, 'phone', row.phone)
    if (external_id != null) await releaseExternalId(tx, found, external_id)
    const { phone: _, ...rest } = patch
    await updateRow(
      tx,
      found,
      { ...rest, ...(patch.name === undefined ? {} : { is_named: true }), ...(phone === undefined ? {} : { phone }) },
      now,
    )
    if (phone != null) await insertAddressesOnce(tx, [{ type: 'phone', value: phone, scope: '', contact_id: found }], now, 'entered')
    await appendEvents(tx, [{ type: 'contact.updated', objectId: found }], now)
    await tellConversations(tx, found, now)
  })
}

/** Takes another contact into this one. Throws not_found for whom the actor may not know, invalid_request for one and the same. */
export async function mergeContacts(deps: ContactDeps, actor: Actor, id: ContactId, other: ContactId): Promise<void> {
  const kept = await getContactFor(deps.db, actor, id)
  const merged = await getContactFor(deps.db, actor, other).catch(() => {
    throw wrong('/contact_id', 'not_found', 'There is no such contact.')
  })
  if (kept === merged) throw wrong('/contact_id', 'same', 'These are one contact already.')
  await transact(deps.db, async (tx) => {
    const now = new Date(deps.clock())
    const moved = await joinContacts(tx, { kept, merged, by: actor.id, now })
    if (moved === undefined) throw new AppError('conflict', 'One of the contacts was merged or erased meanwhile. Look at them anew.')
    await appendEvents(tx, [{ type: 'contact.merged', objectId: kept }, ...moved.map(changed)], now)
  })
}

/** Takes a contact out of the one that it was merged into. Throws not_found, and invalid_request when it is not merged into that one. */
export async function unmergeContacts(deps: ContactDeps, actor: Actor, id: ContactId, merged: ContactId): Promise<void> {
  const from = await getContactFor(deps.db, actor, id)
  await transact(deps.db, async (tx) => {
    const now = new Date(deps.clock())
    const moved = await partContacts(tx, { from, merged, now })
    if (moved === undefined) throw wrong('/contact_id', 'not_merged', 'This contact is not merged into that one.')
    const both = [from, merged].map((one): Change => ({ type: 'contact.updated', objectId: one }))
    await appendEvents(tx, [...both, ...moved.map(changed)], now)
  })
}

/** The contact that this id leads to. Throws not_found, also for whom the actor may not know. */
export async function getContactFor(db: Db, actor: Actor, id: ContactId): Promise<ContactId> {
  const found = await findContactId(db, id)
  if (found === undefined || !(await presentContacts(db, await viewerOf(db, actor), [found])).has(found)) throw noSuchContact()
  return found
}

/** A conversation shows its contact. */
async function tellConversations(tx: Tx, id: ContactId, now: Date): Promise<void> {
  await appendEvents(tx, (await listConversationsOf(tx, id)).map(changed), now)
}

function changed({ id, channel_id }: MovedConversation): Change {
  return { type: 'conversation.updated', objectId: id, channelId: channel_id }
}

/** Throws invalid_request for what is no international number. */
export function getPhone(text: string, pointer = '/phone'): string {
  const phone = readPhone(text)
  if (phone === undefined) throw wrong(pointer, 'format', 'The number must be international, such as +380501112233.')
  return phone
}

function wrong(pointer: string, code: string, detail: string): AppError {
  return new AppError('invalid_request', detail, { fields: [{ pointer, code, detail }] })
}

function taken(pointer: string, detail: string): AppError {
  return new AppError('conflict', detail, { fields: [{ pointer, code: 'taken', detail }] })
}

function noSuchContact(): AppError {
  return new AppError('not_found', 'There is no such contact.')
}
