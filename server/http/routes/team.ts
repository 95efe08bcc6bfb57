import type { DraftInput, Draft } from '../../../contract/draft.ts'
import type { Presence } from '../../../contract/event.ts'
import type { ConversationId, NoteId } from '../../../contract/ids.ts'
import type { NoteInput } from '../../../contract/note.ts'
import { listDrafts } from '../../db/read/drafts.ts'
import { getNote, listNotes } from '../../db/read/notes.ts'
import type { Reads } from '../../db/read/viewer.ts'
import type { Claim } from '../../inbox/idempotency.ts'
import { type Actor, getConversationFor, type UserActor, viewerOf } from '../../inbox/people/access.ts'
import type { Register } from '../register.ts'

/** What colleagues do beside a conversation. Each throws not_found for what the actor may not see. */
export interface TeamDeeds {
  writeNote(actor: Actor, conversation: ConversationId, input: NoteInput, claim: Claim | null): Promise<NoteId>
  /** Throws forbidden for another's note. */
  changeNote(actor: Actor, id: NoteId, input: NoteInput): Promise<void>
  /** Throws forbidden for another's note, unless an admin asks. */
  deleteNote(actor: Actor, id: NoteId): Promise<void>
  setPresence(actor: UserActor, id: ConversationId, state: Presence['state']): Promise<void>
  saveDraft(actor: UserActor, id: ConversationId, draft: DraftInput): Promise<Draft>
}

/** Notes, drafts, and who else is looking. */
export function teamRoutes(on: Register, { team, readDb }: { team: TeamDeeds; readDb: Reads }): void {
  const get = async (actor: Actor, id: NoteId) => getNote(readDb, await viewerOf(readDb, actor), id)

  on('listNotes', async ({ actor, params, query }) => {
    const { id } = await getConversationFor(readDb, actor, params.conversation_id)
    return listNotes(readDb, await viewerOf(readDb, actor), id, query)
  })
  on('createNote', async ({ actor, params, body, request }) =>
    get(actor, await team.writeNote(actor, params.conversation_id, body, request.claim)),
  )
  on('updateNote', async ({ actor, params, body }) => {
    await team.changeNote(actor, params.note_id, body)
    return get(actor, params.note_id)
  })
  on('deleteNote', async ({ actor, params }) => {
    await team.deleteNote(actor, params.note_id)
    return undefined
  })
  on('setPresence', async ({ actor, params, body }) => {
    await team.setPresence(actor, params.conversation_id, body.state)
    return undefined
  })
  on('listDrafts', async ({ actor, query }) => listDrafts(readDb, await viewerOf(readDb, actor), query))
  on('saveDraft', ({ actor, params, body }) => team.saveDraft(actor, params.conversation_id, body))
}
