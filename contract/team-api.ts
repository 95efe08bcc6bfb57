import Type from 'typebox'
import { Draft, DraftInput } from './draft.ts'
import { presenceStates } from './event.ts'
import type { ConversationId, NoteId } from './ids.ts'
import { Note, NoteInput } from './note.ts'
import { id, oneOf, page, PageQuery, ref, strict } from './schema.ts'

const conversation = strict({ conversation_id: id<ConversationId>('cnv_') })
const note = strict({ note_id: id<NoteId>('nte_') })
const done = { 204: Type.Null() }

/** The calls by which colleagues work together on conversations. Nothing of them reaches a contact. */
export const teamOperations = {
  listNotes: {
    summary: 'Internal notes of a conversation, the latest first',
    access: 'user',
    scope: 'messages:read',
    params: conversation,
    query: strict(PageQuery),
    response: { 200: page(ref(Note)) },
  },
  createNote: {
    summary: 'Write an internal note; who is named in it is told',
    access: 'user',
    scope: 'conversations:write',
    params: conversation,
    body: NoteInput,
    response: { 201: ref(Note) },
  },
  updateNote: {
    summary: 'Change a note of your own',
    access: 'user',
    scope: 'conversations:write',
    params: note,
    body: NoteInput,
    response: { 200: ref(Note) },
  },
  deleteNote: {
    summary: 'Delete a note of your own, or any as an admin; an empty mark stays',
    access: 'user',
    scope: 'conversations:write',
    params: note,
    response: done,
  },
  setPresence: {
    summary: 'Let colleagues see that you look at a conversation or type in it; nothing keeps it, and the contact sees nothing',
    access: 'user',
    params: conversation,
    body: strict({ state: oneOf(presenceStates) }),
    response: done,
  },
  listDrafts: {
    summary: 'What you have begun to write',
    access: 'user',
    query: strict(PageQuery),
    response: { 200: page(ref(Draft)) },
  },
  saveDraft: {
    summary: 'Keep what you have begun to write here; an empty text that answers nothing removes it',
    access: 'user',
    params: conversation,
    body: DraftInput,
    response: { 200: ref(Draft) },
  },
} as const
