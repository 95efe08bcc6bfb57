import type { ContactInput, ContactPatch } from '../../../contract/contact.ts'
import type { ContactId } from '../../../contract/ids.ts'
import { type ContactFilter, getContact, listContacts } from '../../db/read/contacts.ts'
import type { Reads } from '../../db/read/viewer.ts'
import { type Actor, viewerOf } from '../../inbox/people/access.ts'
import { getPhone, type Upserted } from '../../inbox/contacts/contacts.ts'
import type { Claim } from '../../inbox/idempotency.ts'
import type { Incoming, Register } from '../register.ts'

/** What is done to contacts. Each throws not_found for whom the actor may not know. */
export interface ContactDeeds {
  upsert(actor: Actor, input: ContactInput, claim: Claim | null): Promise<Upserted>
  update(actor: Actor, id: ContactId, patch: ContactPatch): Promise<void>
  erase(actor: Actor, id: ContactId): Promise<void>
  merge(actor: Actor, id: ContactId, other: ContactId): Promise<void>
  unmerge(actor: Actor, id: ContactId, merged: ContactId): Promise<void>
}

/** The people we talk with. */
export function contactRoutes(on: Register, { contacts, readDb }: { contacts: ContactDeeds; readDb: Reads }): void {
  const get = async (actor: Actor, id: ContactId) => getContact(readDb, await viewerOf(readDb, actor), id)

  on('listContacts', async ({ actor, query }) => listContacts(readDb, await viewerOf(readDb, actor), filterOf(query), query))
  on('upsertContact', async ({ actor, body, request, reply }) => {
    const { id, created } = await contacts.upsert(actor, body, request.claim)
    reply.code(created ? 201 : 200)
    return get(actor, id)
  })
  on('getContact', ({ actor, params }) => get(actor, params.contact_id))
  on('updateContact', async ({ actor, params, body }) => {
    await contacts.update(actor, params.contact_id, body)
    return get(actor, params.contact_id)
  })
  on('eraseContact', async ({ actor, params }) => {
    await contacts.erase(actor, params.contact_id)
    return undefined
  })
  on('mergeContacts', async ({ actor, params, body }) => {
    await contacts.merge(actor, params.contact_id, body.contact_id)
    return get(actor, params.contact_id)
  })
  on('unmergeContacts', async ({ actor, params, body }) => {
    await contacts.unmerge(actor, params.contact_id, body.contact_id)
    return get(actor, params.contact_id)
  })
}

function filterOf({ phone, external_id, q }: Incoming<'listContacts'>['query']): ContactFilter {
  return {
    ...(phone === undefined ? {} : { phone: getPhone(phone, '/query/phone') }),
    ...(external_id === undefined ? {} : { externalId: external_id }),
    ...(q === undefined ? {} : { q }),
  }
}
