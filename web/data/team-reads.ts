import type { Presence } from '../../contract/event.ts'
import type { ConversationId, NoteId } from '../../contract/ids.ts'
import type { Note, NoteInput } from '../../contract/note.ts'
import type { Client } from './client.ts'
import type { Drafts } from './drafts.ts'
import type { Reading } from './reading.ts'
import type { Store } from './store.ts'

/** What colleagues tell each other beside conversations. */
export interface TeamReads {
  readonly notes: (id: ConversationId) => Promise<void>
  /** Repeated under the same key it is written once. */
  readonly writeNote: (id: ConversationId, note: NoteInput, key: string) => Promise<void>
  readonly changeNote: (id: NoteId, note: NoteInput) => Promise<void>
  readonly deleteNote: (id: NoteId) => Promise<void>
  /** A hint that may be lost. */
  readonly setPresence: (id: ConversationId, state: Presence['state']) => void
}

const MOST = 200

export function createTeamReads(call: Client['call'], store: Store, { reading, once }: Reading): TeamReads {
  const keep = (ask: () => Promise<Note>) => reading(ask, store.putNote, false)
  return {
    notes: (id) =>
      once(`notes ${id}`, () =>
        reading(
          () => call('listNotes', { params: { conversation_id: id }, query: { limit: MOST } }),
          ({ items }, { isFresh }) => store.keepNotes(id, items, isFresh),
        ),
      ),
    writeNote: (id, body, idempotencyKey) => keep(() => call('createNote', { params: { conversation_id: id }, body, idempotencyKey })),
    changeNote: (id, body) => keep(() => call('updateNote', { params: { note_id: id }, body })),
    deleteNote: (id) => call('deleteNote', { params: { note_id: id } }).then(() => undefined),
    setPresence: (id, state) => void call('setPresence', { params: { conversation_id: id }, body: { state } }).catch(() => undefined),
  }
}

/** What this person has begun to write, here or elsewhere. */
export async function readDrafts(call: Client['call'], drafts: Drafts): Promise<void> {
  const { items } = await call('listDrafts', { query: { limit: MOST } })
  items.forEach(drafts.keep)
}
