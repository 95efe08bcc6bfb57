import { isDeepStrictEqual } from 'node:util'
import type { ChannelId, LoginId, UserId } from '../../../contract/ids.ts'
import type { ConnectInput, Login } from '../../../contract/login.ts'
import { type ChannelRow, findChannel, listChannelsOf } from '../../db/channels.ts'
import type { Listener } from '../../db/listen.ts'
import { findLatestLogin, findLogin, findLogins, isOpen, lockOpenLogin, type LoginRow } from '../../db/logins.ts'
import type { Db } from '../../db/schema.ts'
import { transact } from '../../db/transact.ts'
import type { NewId } from '../../lib/clock.ts'
import { AppError } from '../../lib/errors.ts'
import type { Actor } from '../people/access.ts'
import { wrong } from '../channels/rules.ts'
import type { Channels } from '../channels/channels.ts'
import { type LoginRunnersDeps, startLoginRunners } from './login-runners.ts'
import { cancelLogin, checkConnect, checkMayLink, linkRoad, mayLinkShared, openLogin } from './login-start.ts'
import { toLogin } from './login-view.ts'

/** Linking phones (product.md 5). What may not be done throws forbidden; a person that is not there, not_found. */
export interface Logins {
  /**
   * Starts to link a phone and answers when there is something to show, after 20 s at most. An open attempt of the same kind
   * goes on instead; one of another kind is cancelled. Throws not_configured, invalid_request, number_taken.
   */
  connect(actor: Actor, userId: UserId, input: ConnectInput): Promise<Login>
  /**
   * The newest attempt of this person; while it is open, waits so many seconds for a change: since `since`, the `updated_at` that the
   * caller has seen, or else since the call.
   */
  get(actor: Actor, userId: UserId, waitSeconds: number, since?: string): Promise<Login>
  /** Harmless when there is nothing to cancel any more. */
  cancel(actor: Actor, userId: UserId): Promise<Login>
  /** Unlinks a phone of this person: the one named, or the only one. */
  disconnect(actor: Actor, userId: UserId, channelId?: ChannelId): Promise<ChannelId>
  status(actor: Actor, userId: UserId): Promise<{ readonly channelIds: readonly ChannelId[]; readonly login?: Login }>
  /** For the change feed, which knows who may see them. */
  read(ids: readonly LoginId[]): Promise<readonly Login[]>
  stop(): Promise<void>
}

export interface LoginsDeps extends LoginRunnersDeps {
  readonly newId: NewId
  readonly channels: Pick<Channels, 'attach' | 'disconnect'>
}

const firstStepMs = 20_000
/** Notices are hints: while somebody waits, the row is looked at so often anyway. */
const lookEveryMs = 1_000

export function createLogins(deps: LoginsDeps): Logins {
  const { db, seal } = deps
  const runners = startLoginRunners(deps)
  const show = (row: LoginRow) => toLogin(seal, row)

  return {
    async connect(actor, userId, input) {
      const id = await openLogin(deps, await checkConnect(deps, actor, userId, input))
      runners.wake()
      return show(await waitUntil(deps, id, firstStepMs, (row) => row.status !== 'starting'))
    },

    async get(actor, userId, waitSeconds, since) {
      const row = await getLatest(db, actor, userId)
      const isNews = since !== undefined && row.updated_at.getTime() !== Date.parse(since)
      if (!isOpen(row) || isNews || waitSeconds <= 0) return show(row)
      return show(await waitUntil(deps, row.id, waitSeconds * 1000, (now) => !isDeepStrictEqual(now, row)))
    },

    async cancel(actor, userId) {
      checkMayLink(actor, userId)
      await transact(db, async (tx) => cancelLogin(tx, await lockOpenLogin(tx, userId), new Date(deps.clock())))
      runners.wake()
      return show(await getLatest(db, actor, userId))
    },

    async disconnect(actor, userId, channelId) {
      checkMayLink(actor, userId)
      const [channel, ...others] = channelId === undefined ? await listLinked(db, userId) : await listNamed(db, actor, userId, channelId)
      if (channel === undefined) throw new AppError('not_found', 'No such number is linked for this person.')
      if (others.length > 0) throw wrong('/channel_id', 'required', 'This person has several numbers. Name the one to unlink.')
      await deps.channels.disconnect(channel)
      return channel.id
    },

    async status(actor, userId) {
      checkMayLink(actor, userId)
      const login = await findLatestLogin(db, userId)
      const channelIds = (await listChannelsOf(db, linkRoad, userId)).map((row) => row.id)
      return { channelIds, ...(login === undefined ? {} : { login: show(login) }) }
    },

    async read(ids) {
      return (await findLogins(db, ids)).map(show)
    },

    stop: runners.stop,
  }
}

async function getLatest(db: Db, actor: Actor, userId: UserId): Promise<LoginRow> {
  checkMayLink(actor, userId)
  const row = await findLatestLogin(db, userId)
  if (row === undefined) throw new AppError('not_found', 'No phone has been linked for this person yet.')
  return row
}

async function listLinked(db: Db, userId: UserId): Promise<readonly ChannelRow[]> {
  return (await listChannelsOf(db, linkRoad, userId)).filter((row) => row.status !== 'logged_out')
}

/** A number that is named: of this person, or one of the team's for those who may link these. */
async function listNamed(db: Db, actor: Actor, userId: UserId, id: ChannelId): Promise<readonly ChannelRow[]> {
  const row = await findChannel(db, id)
  if (row === undefined || row.provider !== linkRoad || row.deleted_at !== null) return []
  return row.owner_id === userId || (row.owner_id === null && mayLinkShared(actor)) ? [row] : []
}

/** The row once the condition holds, or as it is when the time is over. */
async function waitUntil(
  { db, listener }: { db: Db; listener: Pick<Listener, 'on'> },
  id: LoginId,
  timeoutMs: number,
  holds: (row: LoginRow) => boolean,
): Promise<LoginRow> {
  const deadline = performance.now() + timeoutMs
  let look = Promise.withResolvers<void>()
  const unlisten = listener.on('logins', (payload) => {
    if (payload === '' || payload.startsWith(id)) look.resolve()
  })
  try {
    for (;;) {
      look = Promise.withResolvers<void>()
      const row = await findLogin(db, id)
      if (row === undefined) throw new AppError('not_found', 'This attempt is not there any more.')
      const left = deadline - performance.now()
      if (holds(row) || left <= 0) return row
      const timer = setTimeout(look.resolve, Math.min(left, lookEveryMs))
      await look.promise
      clearTimeout(timer)
    }
  } finally {
    unlisten()
  }
}
