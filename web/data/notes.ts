import type { ConversationId } from '../../contract/ids.ts'
import type { Note } from '../../contract/note.ts'
import type { Topic } from './topic.ts'

/** What colleagues have written beside conversations. */
export interface Notes {
  /** Oldest first; undefined until they were read, or when they have to be read again. */
  readonly notes: (id: ConversationId) => readonly Note[] | undefined
  readonly keepNotes: (id: ConversationId, notes: readonly Note[], isFresh: (id: string) => boolean) => void
  /** One that was written or changed; it comes with the others where they were not read yet. */
  readonly putNote: (note: Note) => void
  readonly forgetNotes: () => void
}

export function createNotes(touch: (topic: Topic) => void): Notes {
  const all = new Map<ConversationId, readonly Note[]>()
  const replace = (id: ConversationId, notes: readonly Note[]) => {
    all.set(id, notes.toSorted(compareNotes))
    touch(`notes:${id}`)
  }
  return {
    notes: (id) => all.get(id),
    keepNotes: (id, notes, isFresh) => {
      const known = new Map((all.get(id) ?? []).map((note) => [note.id, note]))
      const read = notes.map((note) => (isFresh(note.id) ? note : (known.get(note.id) ?? note)))
      const told = [...known.values()].filter((note) => !isFresh(note.id) && !notes.some(({ id: other }) => other === note.id))
      replace(id, [...read, ...told])
    },
    putNote: (note) => {
      const notes = all.get(note.conversation_id)
      if (notes) replace(note.conversation_id, [...notes.filter(({ id }) => id !== note.id), note])
    },
    forgetNotes: () => {
      const ids = [...all.keys()]
      all.clear()
      for (const id of ids) touch(`notes:${id}`)
    },
  }
}

function compareNotes(a: Note, b: Note): number {
  if (a.created_at !== b.created_at) return a.created_at < b.created_at ? -1 : 1
  return a.id < b.id ? -1 : 1
}
