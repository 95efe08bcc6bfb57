import { createHash } from 'node:crypto'
import type { AccountLink, Pull, RawBatch } from '../provider.ts'
import type { MatrixConfig } from './config.ts'
import { actorOf, type Homeserver } from './homeserver.ts'
import { type Fields, fields, filled, texts } from './json.ts'
import { withoutLoginCodes } from './login-codes.ts'
import { streams } from './pieces.ts'
import { type Actor, MatrixError } from './wire.ts'

interface Deps {
  readonly config: MatrixConfig
  readonly homeserver: Homeserver
}

const sync = '/_matrix/client/v3/sync'

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
const nothing = JSON.stringify({ presence: { types: [] }, account_data: { types: [] }, room: { rooms: [] } })

/**
 * Asks the homeserver account by account (protocol/homeserver.md 2.3). The first time, the cheapest cursor is taken and then
 * the rooms are listed, so that nothing falls between the two; their history is read by tasks.
 */
export function createPull(deps: Deps): Pull {
  const { config, homeserver } = deps

  async function first(account: AccountLink, as: Actor, signal: AbortSignal): Promise<RawBatch> {
    const begun = await homeserver.call({
      method: 'GET',
      path: sync,
      as,
      query: { filter: nothing, timeout: '0', set_presence: 'offline' },
      signal,
    })
    const joined = await homeserver.call({ method: 'GET', path: '/_matrix/client/v3/joined_rooms', as, signal })
    const body = JSON.stringify({ joined_rooms: texts(joined['joined_rooms']) })
    return { stream: streams.sync(account.external), key: keyOf(`${cursorOf(begun)} ${body}`), body, cursor: cursorOf(begun) }
  }

  async function next(account: AccountLink, as: Actor, since: string, timeoutMs: number, signal: AbortSignal): Promise<RawBatch | null> {
    const query = { filter, since, timeout: String(timeoutMs), set_presence: 'offline' }
    const response = await homeserver.call({ method: 'GET', path: sync, as, query, timeoutMs: timeoutMs + 30_000, signal, held: true })
    const cursor = cursorOf(response)
    const rooms = fields(response['rooms'])
    const empty = Object.values(rooms).every((group) => Object.keys(fields(group)).length === 0)
    if (empty && cursor === since) return null
    const body = withoutLoginCodes(config, JSON.stringify({ since, response: { next_batch: cursor, rooms } }))
    return { stream: streams.sync(account.external), key: keyOf(body), body, cursor }
  }

  return {
    pace: config.intake === 'sync' || config.hsToken === undefined ? 'live' : 'audit',
    streamOf: (account) => streams.sync(account.external),
    poll(account, cursor, timeoutMs, signal) {
      const as = actorOf(config, account)
      return cursor === null ? first(account, as, signal) : next(account, as, cursor, timeoutMs, signal)
    },
  }
}

function cursorOf(response: Fields): string {
  const cursor = filled(response['next_batch'])
  if (cursor === undefined) throw new MatrixError(502, 'M_UNKNOWN', 'The homeserver answered a sync without a cursor')
  return cursor
}

function keyOf(body: string): string {
  return createHash('sha256').update(body).digest('hex')
}
