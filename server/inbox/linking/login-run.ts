import { setTimeout as sleep } from 'node:timers/promises'
import type { AuditId, LoginId } from '../../../contract/ids.ts'
import type { LoginError, LoginStatus } from '../../../contract/login.ts'
import { findAccount, findOwnerName } from '../../db/accounts.ts'
import { insertAudit } from '../../db/audit.ts'
import { findLogin, isOpen, lockLogin, type LoginRow, setKnownPhones, updateLogin } from '../../db/logins.ts'
import type { Db, Tx } from '../../db/schema.ts'
import { transact } from '../../db/transact.ts'
import type { Clock, NewId } from '../../lib/clock.ts'
import { AppError, messageOf } from '../../lib/errors.ts'
import type { Log } from '../../lib/log.ts'
import type { Seal } from '../../lib/seal.ts'
import type { AccountLink, LinkedPhone, LoginFlows, LoginRequest, LoginStep, Provider } from '../../providers/provider.ts'
import type { Accounts } from './accounts.ts'
import type { Channels } from '../channels/channels.ts'
import { type LiveStep, openStep, sealStep } from './login-view.ts'

/** Places where a crash must lose and double nothing; tests end the process there. */
export type LoginTripwire = (step: 'account_made' | 'known_taken' | 'started' | 'step_stored' | 'completed' | 'attached' | 'taken') => void

export interface LoginRunDeps {
  readonly db: Db
  readonly seal: Seal
  readonly clock: Clock
  readonly newId: NewId
  readonly log: Log
  readonly accounts: Accounts
  readonly channels: Pick<Channels, 'attach'>
  readonly tripwire?: LoginTripwire
}

/** How long the network may be away after the last step was of use, before the person is told to begin anew. */
const patienceMs = 90_000
/** A step that came back unchanged is not asked for again at once (`protocol/bridge.md` 1.6). */
const unchangedMs = 1_000

type Failure = { readonly code: LoginError; readonly detail: string }
/** What one run of a login works with. */
interface Run {
  readonly deps: LoginRunDeps
  readonly id: LoginId
  readonly provider: Provider
  readonly flows: LoginFlows
  readonly signal: AbortSignal
}

/**
 * Follows one login from where it stands to its end. The caller sees to it that nobody else does at the same time. May stop at
 * any point (the signal, a crash, a database that is away) and be run again: what it finds in the row is enough to go on.
 */
export async function runLogin(deps: LoginRunDeps, provider: Provider, id: LoginId, signal: AbortSignal): Promise<void> {
  if (provider.login === undefined) throw new Error(`${provider.name} links no phones`)
  const run: Run = { deps, id, provider, flows: provider.login, signal }
  try {
    await follow(run)
  } catch (error) {
    if (!(error instanceof GivenUp)) throw error
    await end(run, error.failure)
  }
}

async function follow(run: Run): Promise<void> {
  const row = await findLogin(run.deps.db, run.id)
  if (row === undefined || !isOpen(row)) return
  const account = await makeAccount(run, row)
  if (row.status === 'finishing') return settle(run, account, row, row.error ?? { code: 'login_lost', detail: '' })

  let held = openStep(run.deps.seal, row)
  let step = held === undefined ? await begin(run, account, row) : await wait(run, account, row, held)
  for (;;) {
    if (step.type === 'complete') return complete(run, account, step.phone)
    if (step.type === 'failed') {
      const current = await findLogin(run.deps.db, run.id)
      return current === undefined || !isOpen(current) ? undefined : fail(run, account, current, step)
    }
    if (held !== undefined && isSame(held, step)) await sleep(unchangedMs, undefined, { signal: run.signal })
    else if (!(await show(run, step))) return run.flows.cancel(account, step.handle)
    held = step
    run.deps.tripwire?.('step_stored')
    step = await wait(run, account, { ...row, expires_at: expiryOf(step) }, step)
  }
}

async function makeAccount(run: Run, row: LoginRow): Promise<AccountLink> {
  const { accounts, db, tripwire } = run.deps
  const displayName = row.access === 'shared' ? (row.name ?? 'WhatsApp') : await findOwnerName(db, row.user_id)
  const account = await patiently(run, row, () => accounts.ensure(run.provider, row.account_id, displayName, run.signal))
  tripwire?.('account_made')
  return account
}

/**
 * Asks for the first QR or code. Which phones the account has is written down before: should everything be lost afterwards,
 * the difference tells whether the login was finished meanwhile.
 */
async function begin(run: Run, account: AccountLink, row: LoginRow): Promise<LoginStep> {
  const { deps, flows, signal } = run
  const request = { method: row.method, ...(row.phone_number === null ? {} : { phone: row.phone_number }) }
  const before = await patiently(run, row, () => phonesOrRefusal(run, account, request))
  if ('type' in before) return before
  const live = before.filter((phone) => phone.status !== 'logged_out')
  const removed = before.filter((phone) => phone.status === 'logged_out' && (row.phone_number ?? phone.phone) === phone.phone)
  const lost = removed.length === 1 ? removed[0] : undefined
  const again = lost?.external
  await setKnownPhones(
    deps.db,
    row.id,
    live.map((phone) => phone.external),
    lost?.phone ?? null,
  )
  deps.tripwire?.('known_taken')
  const step = await patiently(run, row, () => flows.start(account, { ...request, ...(again === undefined ? {} : { again }) }, signal))
  deps.tripwire?.('started')
  return step
}

/** Who may not link is refused already when asked for the phones, but only a start has words for it. */
async function phonesOrRefusal({ provider, flows, signal }: Run, account: AccountLink, request: LoginRequest) {
  try {
    return await provider.numbers.list(account)
  } catch (error) {
    const step = await flows.start(account, request, signal)
    if (step.type === 'failed') return step
    throw error
  }
}

function wait(run: Run, account: AccountLink, row: LoginRow, step: LiveStep): Promise<LoginStep> {
  return patiently(run, row, () => run.flows.wait(account, step.handle, run.signal))
}

const statusOf = { qr: 'show_qr', code: 'show_code', passkey: 'passkey' } as const satisfies Record<LiveStep['type'], LoginStatus>

/** Stores what is to be shown now. False when the login was cancelled meanwhile. */
async function show(run: Run, step: LiveStep): Promise<boolean> {
  return change(run, async (tx, row, now) => {
    if (!isOpen(row)) return false
    await updateLogin(tx, row, { status: statusOf[step.type], sealed: sealStep(run.deps.seal, row, step), expires_at: expiryOf(step) }, now)
    return true
  })
}

/** The network says that it is over, and how. Where it may have gone well unheard, the account's phones are asked. */
async function fail(run: Run, account: AccountLink, row: LoginRow, failure: Failure): Promise<void> {
  const mayBeDone = failure.code === 'login_lost' || failure.code === 'login_closed'
  if (!mayBeDone) return end(run, failure)
  const { code, detail } = failure
  const open = await change(run, async (tx, current, now) => {
    if (!isOpen(current)) return false
    await updateLogin(tx, current, { status: 'finishing', sealed: {}, expires_at: null, error: { code, detail } }, now)
    return true
  })
  if (open) await settle(run, account, row, failure)
}

async function settle(run: Run, account: AccountLink, row: LoginRow, failure: Failure): Promise<void> {
  const phones = await patiently(run, row, () => run.provider.numbers.list(account))
  const current = await findLogin(run.deps.db, run.id)
  const known = new Set<string>(current?.known_phones)
  const linked = phones.find(
    (phone) => phone.status !== 'logged_out' && !known.has(phone.external) && (row.phone_number ?? phone.phone) === phone.phone,
  )
  if (linked === undefined) return end(run, failure)
  await complete(run, account, linked)
}

/**
 * Gives the phone its channel and ends the login, in one transaction. A login that was cancelled at the last moment is no
 * exception: the phone is linked, and saying otherwise would hide that its chats are copied.
 */
async function complete(run: Run, account: AccountLink, phone: LinkedPhone): Promise<void> {
  const { db, channels, tripwire, log, newId } = run.deps
  const over = { sealed: {}, expires_at: null } as const
  tripwire?.('completed')
  const attached = await change(run, async (tx, row, now) => {
    const owner = await ownerOf(db, row.account_id)
    const linked = {
      provider: run.provider,
      account: { id: row.account_id, owner, link: account },
      phone,
      loginId: row.id,
      copying: copyingOf(row),
    }
    const result = await channels.attach(tx, { ...linked, ...(row.name === null ? {} : { name: row.name }) })
    const relinks = row.relinks === phone.phone ? null : row.relinks
    if (result.type === 'attached') {
      await updateLogin(tx, row, { ...over, status: 'connected', channel_id: result.channelId, relinks, error: null }, now)
      const actor = { id: row.requested_by, name: await findOwnerName(tx, row.requested_by) }
      const deed = { action: 'channel.linked', actor, target_id: result.channelId, outcome: 'done' } as const
      await insertAudit(tx, { id: newId<AuditId>('audit'), ...deed }, now)
    } else await updateLogin(tx, row, { ...over, status: 'failed', transfer_id: result.transferId, relinks, error: taken }, now)
    return result.type === 'attached'
  })
  log.info({ login: run.id, attached }, 'a phone was linked')
  tripwire?.(attached ? 'attached' : 'taken')
}

/** From when on is when the person asked for it. */
function copyingOf({ copy, created_at }: LoginRow) {
  return copy === null ? null : { copy, copy_since: copy === 'from_now' ? created_at : null }
}

const taken: Failure = {
  code: 'transfer_pending',
  detail: 'This number belongs to somebody else here. An admin has been asked to hand it over; until then nothing of its chats is shown.',
}

async function ownerOf(db: Db, accountId: string) {
  const account = await findAccount(db, accountId)
  if (account === undefined) throw new Error(`there is no account ${accountId}`)
  return { type: account.owner_type, id: account.owner_id }
}

async function end(run: Run, { code, detail }: Failure): Promise<void> {
  await change(run, async (tx, row, now) => {
    if (!isOpen(row)) return
    const status = code === 'code_expired' ? 'expired' : 'failed'
    await updateLogin(tx, row, { status, sealed: {}, expires_at: null, error: { code, detail } }, now)
  })
}

async function change<T>(run: Run, work: (tx: Tx, row: LoginRow, now: Date) => Promise<T>): Promise<T> {
  return transact(run.deps.db, async (tx) => {
    const row = await lockLogin(tx, run.id)
    if (row === undefined) throw new Error(`there is no login ${run.id}`)
    return work(tx, row, new Date(run.deps.clock()))
  })
}

/** The network was away for too long, or refused us outright. */
class GivenUp extends Error {
  readonly failure: Failure
  constructor(failure: Failure, cause: unknown) {
    super(failure.detail, { cause })
    this.failure = failure
  }
}

/** Asks the network again until it answers, as long as that can still be of use to the person who waits. */
async function patiently<T>(run: Run, row: Pick<LoginRow, 'created_at' | 'expires_at'> | undefined, ask: () => Promise<T>): Promise<T> {
  const until = Math.max(row?.created_at.getTime() ?? 0, row?.expires_at?.getTime() ?? 0) + patienceMs
  for (let pauseMs = 250; ; pauseMs = Math.min(pauseMs * 2, 5_000)) {
    try {
      return await ask()
    } catch (error) {
      run.signal.throwIfAborted()
      const detail = messageOf(error)
      run.deps.log.warn({ login: run.id, error: detail }, 'the network did not answer a login')
      if (!isPassing(error)) throw new GivenUp({ code: 'bridge_error', detail }, error)
      if (run.deps.clock() > until) throw new GivenUp({ code: 'bridge_unreachable', detail }, error)
      await sleep(pauseMs, undefined, { signal: run.signal })
    }
  }
}

const passing: ReadonlySet<string> = new Set(['provider_unavailable', 'unavailable', 'rate_limited', 'internal'])

/** Whether asking again may help: nobody answered, or whoever did was overloaded or in trouble. */
function isPassing(error: unknown): boolean {
  if (error instanceof AppError) return passing.has(error.code)
  const status = error instanceof Error && 'status' in error && typeof error.status === 'number' ? error.status : 0
  return status < 400 || status === 429 || status >= 500
}

function isSame(held: LiveStep, step: LiveStep): boolean {
  return JSON.stringify(held) === JSON.stringify(step)
}

function expiryOf(step: LiveStep): Date | null {
  return 'expiresAt' in step ? new Date(step.expiresAt) : null
}
