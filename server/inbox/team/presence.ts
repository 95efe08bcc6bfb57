import type { Presence } from '../../../contract/event.ts'
import type { ConversationId } from '../../../contract/ids.ts'
import { notify } from '../../db/notify.ts'
import type { Db } from '../../db/schema.ts'
import type { Clock } from '../../lib/clock.ts'
import { getConversationFor, type UserActor } from '../people/access.ts'

/** Tells colleagues that somebody looks at a conversation or types in it. Nothing keeps it, and no road learns of it. Throws not_found. */
export async function setPresence(
  { db, clock }: { readonly db: Db; readonly clock: Clock },
  actor: UserActor,
  conversation: ConversationId,
  state: Presence['state'],
): Promise<void> {
  const { id, channel_id } = await getConversationFor(db, actor, conversation)
  const user = { id: actor.id, name: actor.name }
  const presence: Presence = { conversation_id: id, user, state, at: new Date(clock()).toISOString() }
  await notify(db, 'presence', JSON.stringify({ ...presence, channel_id }))
}
