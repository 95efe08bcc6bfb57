import type { Db } from '../../db/schema.ts'
import type { Clock, NewId } from '../../lib/clock.ts'
import { createCannedReply, deleteCannedReply, updateCannedReply } from './canned-replies.ts'
import { saveDraft } from './drafts.ts'
import { createLabel, deleteLabel, updateLabel } from './labels.ts'
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
    createCannedReply: (...asked: Asked<typeof createCannedReply>) => createCannedReply(deps, ...asked),
    updateCannedReply: (...asked: Asked<typeof updateCannedReply>) => updateCannedReply(deps, ...asked),
    deleteCannedReply: (...asked: Asked<typeof deleteCannedReply>) => deleteCannedReply(deps, ...asked),
    createLabel: (...asked: Asked<typeof createLabel>) => createLabel(deps, ...asked),
    updateLabel: (...asked: Asked<typeof updateLabel>) => updateLabel(deps, ...asked),
    deleteLabel: (...asked: Asked<typeof deleteLabel>) => deleteLabel(deps, ...asked),
    saveDraft: (...asked: Asked<typeof saveDraft>) => saveDraft(deps, ...asked),
  }
}
