import { awaitIngest } from '../../db/inbound.ts'
import type { Db } from '../../db/schema.ts'
import { transact } from '../../db/transact.ts'
import type { Clock } from '../../lib/clock.ts'
import { AppError } from '../../lib/errors.ts'
import type { Addressee, OpenedChat } from '../../providers/provider.ts'
import { applyEvents, type ApplyDeps } from '../apply/apply.ts'
import type { Line } from '../channels/connections.ts'
import { type Claim, makeOnce } from '../idempotency.ts'
import type { Place } from '../people/access.ts'

interface Deps {
  readonly db: Db
  readonly clock: Clock
  readonly apply: ApplyDeps
}

/** `created` tells whether it was not there before. */
interface Opened extends Place {
  readonly created: boolean
}

const openMs = 75_000

/**
 * Begins the chat with somebody on a number, or finds it. Throws unsupported where the number cannot, and what the line throws.
 */
export async function openChat(deps: Deps, line: Line, addressee: Addressee, claim: Claim | null): Promise<Opened> {
  if (line.connection.open === undefined)
    throw new AppError(
      'unsupported',
      'This number cannot begin chats: no address of the bridge is set. Write first from the phone itself, or let an admin set the address in the Matrix settings.',
    )
  const opened = await line.connection.open(addressee, AbortSignal.timeout(openMs))
  return keepOpened(deps, line, opened, claim)
}

/** The row of a chat, as if the network had told of it: it may do so at the same moment, so nothing is read in meanwhile. */
async function keepOpened(
  deps: Deps,
  line: Line,
  { conversation, contact, name, windowUntil }: OpenedChat,
  claim: Claim | null,
): Promise<Opened> {
  const { id: channel, external_id, provider } = line.channel
  const now = new Date(deps.clock())
  return transact(deps.db, async (tx) => {
    await awaitIngest(tx, provider)
    const find = tx
      .selectFrom('conversations')
      .select(['id', 'window_closes_at'])
      .where('channel_id', '=', channel)
      .where('external_id', '=', conversation)
    const before = await find.executeTakeFirst()
    const told = { type: 'conversation', kind: 'direct', channel: external_id, conversation, at: now.toISOString(), contact } as const
    const more = { ...(name === undefined ? {} : { name }), ...(windowUntil === undefined ? {} : { windowUntil }) }
    await applyEvents(deps.apply, tx, provider, [{ ...told, ...more }], now)
    const { id, window_closes_at } = await find.executeTakeFirstOrThrow()
    await makeOnce(tx, claim, id)
    return { id, window_closes_at, external_id: conversation, channel_id: channel, created: before === undefined }
  })
}
