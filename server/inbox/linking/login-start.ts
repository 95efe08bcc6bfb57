import type { LoginId, UserId } from '../../../contract/ids.ts'
import type { ConnectInput } from '../../../contract/login.ts'
import { findChannelByPhone } from '../../db/channels.ts'
import { insertLoginOnce, lockOpenLogin, type LoginRow, type NewLogin, updateLogin } from '../../db/logins.ts'
import type { Db, Tx } from '../../db/schema.ts'
import { transact } from '../../db/transact.ts'
import { findUser } from '../../db/users.ts'
import type { Clock, NewId } from '../../lib/clock.ts'
import { AppError } from '../../lib/errors.ts'
import type { Provider, ProviderName } from '../../providers/provider.ts'
import { type Actor, isAdmin } from '../people/access.ts'
import type { Accounts } from './accounts.ts'
import { mayContinue, wrong } from '../channels/rules.ts'

/** The road on which phones are linked. */
export const linkRoad = 'matrix'

/** Throws forbidden unless it is oneself, an admin, or a key that may link phones. */
export function checkMayLink(actor: Actor, userId: UserId): void {
  if (actor.id !== userId && !mayLinkShared(actor)) throw new AppError('forbidden', 'Only an admin may link a phone for somebody else.')
}

/** Whoever may link a number for the team. A key that may link phones was given that right by an admin. */
export function mayLinkShared(actor: Actor): boolean {
  return actor.kind === 'key' || isAdmin(actor)
}

interface StartDeps {
  readonly db: Db
  readonly clock: Clock
  readonly newId: NewId
  readonly accounts: Accounts
  readonly findProvider: (name: ProviderName) => Provider | undefined
}
/** An attempt that may be made. */
type Wanted = Omit<NewLogin, 'id' | 'account_id'>

/** Throws what `Logins.connect` throws. */
export async function checkConnect(deps: StartDeps, actor: Actor, userId: UserId, input: ConnectInput): Promise<Wanted> {
  checkMayLink(actor, userId)
  const { phone_number = null, access = 'personal', name = null, copy = null } = input
  const method = input.method ?? (phone_number === null ? 'qr' : 'phone')
  if (access === 'shared' && !mayLinkShared(actor)) throw new AppError('forbidden', 'Only an admin may link a number for the team.')
  if (method === 'phone' && phone_number === null) throw wrong('/phone_number', 'required', 'A pairing code is made for a phone number.')
  if (method === 'qr' && phone_number !== null) throw wrong('/phone_number', 'not_allowed', 'A QR code is made without a phone number.')
  const user = await findUser(deps.db, userId)
  if (user?.active !== true) throw new AppError('not_found', 'There is no such active person.')
  if (deps.findProvider(linkRoad)?.login === undefined)
    throw new AppError('not_configured', 'Phones cannot be linked yet: an admin has to enter the Matrix homeserver in the settings.')
  const known = phone_number === null ? undefined : await findChannelByPhone(deps.db, linkRoad, phone_number)
  if (known !== undefined && !mayContinue(known, { userId: access === 'personal' ? userId : null, shared: access === 'shared' }))
    throw new AppError('number_taken', 'This number belongs to somebody else here. An admin can hand it over.')
  return { user_id: userId, requested_by: actor.kind === 'user' ? actor.id : userId, method, phone_number, access, name, copy }
}

/** The open attempt of this kind, or a new one; one of another kind is cancelled with it, in one transaction. */
export async function openLogin(deps: StartDeps, wanted: Wanted): Promise<LoginId> {
  for (;;) {
    const id = await transact(deps.db, async (tx) => {
      const now = new Date(deps.clock())
      const before = await lockOpenLogin(tx, wanted.user_id)
      if (before !== undefined && isSameKind(before, wanted)) return before.id
      await cancelLogin(tx, before, now)
      const account_id = await reserve(deps.accounts, tx, wanted)
      const login = { ...wanted, id: deps.newId<LoginId>('login'), account_id }
      return (await insertLoginOnce(tx, login, now)) ? login.id : undefined
    })
    // Undefined: a call at the same moment was quicker, and its attempt is there to be looked at now.
    if (id !== undefined) return id
  }
}

function reserve(accounts: Accounts, tx: Tx, { access, user_id }: Wanted): Promise<string> {
  return access === 'shared' ? accounts.reserveShared(tx, linkRoad) : accounts.reserve(tx, linkRoad, { type: 'user', id: user_id })
}

/** The sealed step stays until the network has been told of the end; nobody is shown it any more. */
export async function cancelLogin(tx: Tx, row: LoginRow | undefined, now: Date): Promise<void> {
  if (row !== undefined) await updateLogin(tx, row, { status: 'cancelled', expires_at: null, error: null }, now)
}

function isSameKind(row: LoginRow, wanted: Wanted): boolean {
  return (
    row.method === wanted.method && row.phone_number === wanted.phone_number && row.access === wanted.access && row.copy === wanted.copy
  )
}
