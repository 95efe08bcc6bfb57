import type { Db } from '../../db/schema.ts'
import type { Clock, NewId } from '../../lib/clock.ts'
import { saveDraft } from './drafts.ts'
import { changeNote, deleteNote, writeNote } from './notes.ts'
import { setPresence } from './presence.ts'

type Asked<F> = F extends (deps: never, ...asked: infer A) => unknown ? A : never

/** What colleagues do beside conversations, on one database. */
export function createTeam(deps: { readonly db: Db; readonly clock: Clock; readonly newId: NewId }) {
  return {
    writeNote: (...asked: Asked<typeof writeNote>) => writeNote(deps, ...asked),
    changeNote: (...asked: Asked<typeof changeNote>) => changeNote(deps, ...asked),
    deleteNote: (...asked: Asked<typeof deleteNote>) => deleteNote(deps, ...asked),
    setPresence: (...asked: Asked<typeof setPresence>) => setPresence(deps, ...asked),
    saveDraft: (...asked: Asked<typeof saveDraft>) => saveDraft(deps, ...asked),
  }
}
