import type { ConversationId, ExternalId } from '../../../contract/ids.ts'
import type { DbOrTx } from '../../db/schema.ts'
import { AppError, messageOf } from '../../lib/errors.ts'
import type { Log } from '../../lib/log.ts'
import { type Actor, getConversationFor } from '../people/access.ts'
import { getLine, limitsOf } from './lines.ts'
import type { FindLine } from '../channels/connections.ts'

/** A hint that comes later than this is worth nothing. */
const patienceMs = 5_000

/**
 * Lets the contact see that somebody types, or no longer. A hint of the moment: nothing keeps it, and a network that is away is no
 * failure. Throws channel_not_connected, and unsupported where nobody sees it.
 */
export async function setTyping(
  deps: { readonly db: DbOrTx; readonly findLine: FindLine; readonly log: Log },
  actor: Actor,
  id: ConversationId,
  on: boolean,
): Promise<void> {
  const place = await getConversationFor(deps.db, actor, id)
  const line = await getLine(deps, place.channel_id)
  const { typing } = await limitsOf(deps.db, line, place.external_id)
  const { connection } = line
  if (!typing || connection.setTyping === undefined)
    throw new AppError('unsupported', 'Nobody sees in this conversation that somebody types.')
  const where = { conversation: place.external_id, ...(await newestOf(deps.db, place.id)) }
  await connection.setTyping(where, on, AbortSignal.timeout(patienceMs)).catch((error: unknown) => {
    deps.log.debug({ conversation: id, error: messageOf(error) }, 'that somebody types could not be told')
  })
}

/** The newest message of the contact, as the network names it. */
async function newestOf(db: DbOrTx, id: ConversationId): Promise<{ readonly newest?: ExternalId }> {
  const row = await db
    .selectFrom('messages')
    .select('external_id')
    .where('conversation_id', '=', id)
    .where('direction', '=', 'inbound')
    .orderBy('sent_at', 'desc')
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row?.external_id == null ? {} : { newest: row.external_id }
}
