import type { Draft, DraftInput } from '../../../contract/draft.ts'
import type { ConversationId } from '../../../contract/ids.ts'
import { draftChanged, putDraft } from '../../db/drafts.ts'
import { appendEvents } from '../../db/events.ts'
import type { Db } from '../../db/schema.ts'
import { transact } from '../../db/transact.ts'
import type { Clock } from '../../lib/clock.ts'
import { getConversationFor, type UserActor } from '../people/access.ts'

/** Keeps what a person has begun to write, and tells their other devices. Throws not_found. */
export async function saveDraft(
  { db, clock }: { readonly db: Db; readonly clock: Clock },
  actor: UserActor,
  conversation: ConversationId,
  draft: DraftInput,
): Promise<Draft> {
  const { id, channel_id } = await getConversationFor(db, actor, conversation)
  const now = new Date(clock())
  await transact(db, async (tx) => {
    await putDraft(tx, actor.id, id, draft, now)
    await appendEvents(tx, [draftChanged(actor.id, id, draft.mode, channel_id)], now)
  })
  return { conversation_id: id, ...draft, updated_at: now.toISOString() }
}
