import { createHash } from 'node:crypto'
import type { AccountLink, Pull, RawBatch } from '../../provider.ts'
import type { MatrixConfig } from '../config.ts'
import { actorOf, type Homeserver } from '../client/homeserver.ts'
import { type Fields, fields, filled, texts } from '../../../lib/fields.ts'
import { withoutLoginCodes } from '../linking/login-codes.ts'
import { streams } from '../reading/pieces.ts'
import { type Actor, MatrixError } from '../client/wire.ts'

interface Deps {
  readonly config: MatrixConfig
  readonly homeserver: Homeserver
}

// Sent with each request: a stored filter would be one more thing that a homeserver can lose.
const filter = JSON.stringify({
  presence: { types: [] },
  account_data: { types: [] },
  room: {
    timeline: { limit: 100 },
    state: { lazy_load_members: true },
    ephemeral: { types: ['m.receipt', 'm.typing'] },
    account_data: { types: [] },
  },
})
// Each room by its name alone, and the invitations as they are.
const brief = JSON.stringify({
  presence: { types: [] },
  account_data: { types: [] },
  room: { timeline: { limit: 1, types: [] }, state: { types: [] }, ephemeral: { types: [] }, account_data: { types: [] } },
})
/** For who wants to know where the stream stands, and nothing that is in it. */
export const nothing = JSON.stringify({ presence: { types: [] }, account_data: { types: [] }, room: { rooms: [] } })

/**
 * Asks the homeserver account by account (protocol/homeserver.md 2.3). The first time, the cheapest cursor is taken and then
 * the rooms are listed, so that nothing falls between the two; their history is read by tasks. To an account that was not made by us
 * the bridge may have sent invitations before.
 */
export function createPull(deps: Deps): Pull {
  const { config, homeserver } = deps

  async function first(account: AccountLink, as: Actor, signal: AbortSignal): Promise<RawBatch> {
    const begun = await readSync(homeserver, as, { filter: config.alone === undefined ? nothing : brief, timeoutMs: 0 }, signal)
    const joined = await homeserver.call({ method: 'GET', path: '/_matrix/client/v3/joined_rooms', as, signal })
    const invited = config.alone === undefined ? {} : { response: { rooms: { invite: begun.rooms['invite'] } } }
    const body = JSON.stringify({ joined_rooms: texts(joined['joined_rooms']), ...invited })
    return { stream: streams.sync(account.external), key: keyOf(`${begun.cursor} ${body}`), body, cursor: begun.cursor }
  }

  async function next(account: AccountLink, as: Actor, since: string, timeoutMs: number, signal: AbortSignal): Promise<RawBatch | null> {
    const { cursor, rooms } = await readSync(homeserver, as, { filter, since, timeoutMs }, signal)
    const empty = Object.values(rooms).every((group) => Object.keys(fields(group)).length === 0)
    if (empty && cursor === since) return null
    const body = withoutLoginCodes(config, JSON.stringify({ since, response: { next_batch: cursor, rooms } }))
    return { stream: streams.sync(account.external), key: keyOf(body), body, cursor }
  }

  return {
    // Without our application service nothing is pushed, whatever is wished.
    pace: config.intake === 'sync' || config.hsToken === undefined || config.asToken === undefined ? 'live' : 'audit',
    streamOf: (account) => streams.sync(account.external),
    poll(account, cursor, timeoutMs, signal) {
      const as = actorOf(config, account)
      return cursor === null ? first(account, as, signal) : next(account, as, cursor, timeoutMs, signal)
    },
  }
}

interface SyncRequest {
  readonly filter: string
  readonly since?: string | undefined
  /** How long the homeserver may wait for news. */
  readonly timeoutMs: number
}

/** One `/sync`, and the cursor to go on from. */
export async function readSync(
  homeserver: Homeserver,
  as: Actor,
  { filter: what, since, timeoutMs }: SyncRequest,
  signal: AbortSignal,
): Promise<{ readonly cursor: string; readonly rooms: Fields }> {
  const query = { filter: what, timeout: String(timeoutMs), set_presence: 'offline', ...(since === undefined ? {} : { since }) }
  const response = await homeserver.call({
    method: 'GET',
    path: '/_matrix/client/v3/sync',
    as,
    query,
    timeoutMs: timeoutMs + 30_000,
    signal,
    held: true,
  })
  const cursor = filled(response['next_batch'])
  if (cursor === undefined) throw new MatrixError(502, 'M_UNKNOWN', 'The homeserver answered a sync without a cursor')
  return { cursor, rooms: fields(response['rooms']) }
}

function keyOf(body: string): string {
  return createHash('sha256').update(body).digest('hex')
}
