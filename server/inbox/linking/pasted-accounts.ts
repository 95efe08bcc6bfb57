import type { ExternalId, UserId } from '../../../contract/ids.ts'
import type { MatrixAccount, MatrixAccountInput } from '../../../contract/matrix-account.ts'
import { updateChannel } from '../../db/channels.ts'
import { appendEvents } from '../../db/events.ts'
import {
  findPasted,
  listChannelsBy,
  listPasted,
  lockPasted,
  notePastedProblem,
  type PastedRow,
  putPasted,
  retirePasted,
} from '../../db/pasted-accounts.ts'
import type { Db, Tx } from '../../db/schema.ts'
import { transact } from '../../db/transact.ts'
import type { Clock } from '../../lib/clock.ts'
import { AppError } from '../../lib/errors.ts'
import { pastedRoad, type Road } from '../../lib/roads.ts'
import { openParts, type Seal, sealParts } from '../../lib/seal.ts'
import { isAdmin, type UserActor } from '../people/access.ts'
import { wrong } from '../channels/rules.ts'

/** What the road of an entered account is built from. Another `savedAt` is another road: with a new token it begins anew at once. */
export interface PastedAccountRoad {
  readonly name: Road
  readonly homeserverUrl: string
  readonly userId: string
  readonly mayBePrivate: boolean
  readonly savedAt: string
}

/** Existing Matrix accounts that people enter by their access token, each for themselves (product.md 3, the seed's `config`). */
export interface PastedAccounts {
  /** Throws not_found until one was saved. */
  get(actor: UserActor): Promise<MatrixAccount>
  /** Sees whose token it is and keeps it. Throws invalid_request with what is wrong; the one from before then goes on working. */
  save(actor: UserActor, input: MatrixAccountInput): Promise<MatrixAccount>
  roads(): Promise<readonly PastedAccountRoad[]>
  /** The homeserver does not take the token any more: its numbers say so. What was read stays, and where it stands. */
  refused(accountId: string, detail: string): Promise<void>
  /** Forgets the token of an account whose number was disconnected. */
  forget(accountId: string): Promise<void>
}

export interface PastedAccountsDeps {
  readonly db: Db
  readonly seal: Seal
  readonly clock: Clock
  readonly newUuid: () => string
  readonly findOwner: (account: {
    readonly homeserverUrl: string
    readonly token: string
    readonly mayBePrivate: boolean
  }) => Promise<{ readonly userId: string; readonly deviceId: string | undefined }>
  /** The homeserver of the system's settings, which everybody may name, and which accounts there are ours to make. */
  readonly system: () => Promise<{ readonly homeserverUrl: string; readonly serverName: string; readonly userPrefix: string } | undefined>
  /** Brings what was saved into force in this process. */
  readonly reload: () => Promise<void>
}

/** What is sealed in the account's row; the shape is this file's own. */
type Secrets = Readonly<Record<'access_token' | 'device_id' | 'homeserver_url' | 'may_be_private', string>>

export function createPastedAccounts(deps: PastedAccountsDeps): PastedAccounts {
  const { db, seal, clock } = deps
  const secretsOf = (row: PastedRow) => JSON.parse(openParts(seal, 'accounts', row.id, row.sealed)['secrets'] ?? '{}') as Secrets

  async function get({ id }: UserActor): Promise<MatrixAccount> {
    const row = await findPasted(db, id)
    if (row === undefined) throw new AppError('not_found', 'No Matrix account has been entered yet.')
    const { homeserver_url, device_id, access_token } = secretsOf(row)
    return {
      homeserver_url,
      user_id: row.external_id ?? '',
      ...(device_id === '' ? {} : { device_id }),
      has_access_token: access_token !== '',
      status: row.problem === null ? 'working' : 'refused',
      ...(row.problem === null ? {} : { status_detail: row.problem }),
      channel_ids: [...(await listChannelsBy(db, row.id))],
      updated_at: (row.saved_at ?? new Date(0)).toISOString(),
    }
  }

  return {
    get,

    async save(actor, input) {
      const account = {
        homeserverUrl: input.homeserver_url.replace(/\/+$/, ''),
        token: input.access_token,
        mayBePrivate: await mayBePrivate(deps, actor, input.homeserver_url),
      }
      const found = await deps.findOwner(account)
      await checkOwner(deps, input, found)
      await transact(db, async (tx) => {
        const now = new Date(clock())
        const before = await lockPasted(tx, actor.id)
        const same = before?.external_id === found.userId ? before : undefined
        if (before !== undefined && same === undefined) await retire(tx, before.id, 'Another Matrix account was entered instead', now)
        const id = same?.id ?? `acc_${deps.newUuid().replaceAll('-', '')}`
        const secrets: Secrets = {
          access_token: account.token,
          device_id: found.deviceId ?? input.device_id ?? '',
          homeserver_url: account.homeserverUrl,
          may_be_private: String(account.mayBePrivate),
        }
        const sealed = sealParts(seal, 'accounts', id, { secrets: JSON.stringify(secrets) })
        const owner_id: UserId = actor.id
        const external_id = found.userId as ExternalId
        await putPasted(tx, { id, provider: pastedRoad(id), owner_id, external_id, sealed, saved_at: now }, now)
        await tell(tx, id, { status: 'connected', status_detail: null }, now)
      })
      await deps.reload()
      return get(actor)
    },

    async roads() {
      return (await listPasted(db)).map((row) => {
        const { homeserver_url, may_be_private } = secretsOf(row)
        return {
          name: row.provider as Road,
          homeserverUrl: homeserver_url,
          userId: row.external_id ?? '',
          mayBePrivate: may_be_private === 'true',
          savedAt: row.saved_at?.toISOString() ?? '',
        }
      })
    },

    async refused(accountId, detail) {
      await transact(db, async (tx) => {
        if (await notePastedProblem(tx, accountId, detail))
          await tell(tx, accountId, { status: 'logged_out', status_detail: detail }, new Date(clock()))
      })
    },

    async forget(accountId) {
      await transact(db, (tx) => retirePasted(tx, accountId))
      await deps.reload()
    },
  }
}

/** Where an address may lie that this server is to call again and again: inside only by an admin's word (safety.md T1). */
async function mayBePrivate({ system: find }: PastedAccountsDeps, actor: UserActor, url: string): Promise<boolean> {
  const system = await find()
  return isAdmin(actor) || (system !== undefined && new URL(url).origin === new URL(system.homeserverUrl).origin)
}

/** Whether the token is that of the account which was named, and of none that this server makes for itself. */
async function checkOwner(
  { system: find }: PastedAccountsDeps,
  input: MatrixAccountInput,
  found: { userId: string; deviceId: string | undefined },
): Promise<void> {
  if (input.user_id !== undefined && input.user_id !== found.userId)
    throw wrong('/user_id', 'mismatch', `This access token belongs to ${found.userId}.`)
  if (input.device_id !== undefined && found.deviceId !== undefined && input.device_id !== found.deviceId)
    throw wrong('/device_id', 'mismatch', `This access token belongs to the device ${found.deviceId}.`)
  const system = await find()
  const isOurs = system !== undefined && found.userId.startsWith(`@${system.userPrefix}`) && found.userId.endsWith(`:${system.serverName}`)
  if (isOurs) throw wrong('/access_token', 'not_allowed', `${found.userId} is an account that this server makes for itself.`)
}

async function retire(tx: Tx, accountId: string, detail: string, now: Date): Promise<void> {
  await tell(tx, accountId, { status: 'logged_out', status_detail: detail }, now)
  await retirePasted(tx, accountId)
}

async function tell(
  tx: Tx,
  accountId: string,
  state: { readonly status: 'connected' | 'logged_out'; readonly status_detail: string | null },
  now: Date,
): Promise<void> {
  for (const id of await listChannelsBy(tx, accountId)) {
    await updateChannel(tx, id, { ...state, status_since: now })
    await appendEvents(tx, [{ type: 'channel.updated', objectId: id, channelId: id }], now)
  }
}
