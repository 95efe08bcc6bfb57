import Type from 'typebox'
import { Contact, ContactInput, ContactPatch } from './contact.ts'
import type { ContactId } from './ids.ts'
import { id, page, PageQuery, Phone, ref, strict } from './schema.ts'

const contact = strict({ contact_id: id<ContactId>('con_') })
const otherContact = strict({ contact_id: id<ContactId>('con_') })

/** The calls about contacts, as part of the table in `contract/api.ts`. */
export const contactOperations = {
  listContacts: {
    summary: 'People, the newest first: those you share a chat with, and those who were entered here',
    access: 'user',
    scope: 'messages:read',
    query: strict({
      ...PageQuery,
      phone: Type.Optional(Phone),
      external_id: Type.Optional(Type.String({ minLength: 1, maxLength: 128 })),
      q: Type.Optional(Type.String({ minLength: 1, maxLength: 200 })),
    }),
    response: { 200: page(ref(Contact)) },
  },
  upsertContact: {
    summary: 'Enter a contact, or change the one that has this external_id or phone',
    access: 'user',
    scope: 'contacts:write',
    body: ContactInput,
    response: { 200: ref(Contact), 201: ref(Contact) },
  },
  getContact: { summary: 'One contact', access: 'user', scope: 'messages:read', params: contact, response: { 200: ref(Contact) } },
  updateContact: {
    summary: 'Change a contact',
    access: 'user',
    scope: 'contacts:write',
    params: contact,
    body: ContactPatch,
    response: { 200: ref(Contact) },
  },
  eraseContact: {
    // It reaches chats that neither an agent nor a key with contacts:write may see.
    summary: 'Erase a person: names, numbers and metadata at once, the words and files of all their chats within minutes',
    access: 'admin',
    scope: 'settings',
    params: contact,
    response: { 204: Type.Null() },
  },
  mergeContacts: {
    summary: 'Take another contact into this one',
    access: 'user',
    scope: 'contacts:write',
    params: contact,
    body: otherContact,
    response: { 200: ref(Contact) },
  },
  unmergeContacts: {
    summary: 'Take a merged contact out again, with what it brought',
    access: 'user',
    scope: 'contacts:write',
    params: contact,
    body: otherContact,
    response: { 200: ref(Contact) },
  },
} as const
