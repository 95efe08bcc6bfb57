import type { LoginId } from '../../../contract/ids.ts'
import type { LoginStatus } from '../../../contract/login.ts'
import type { Listener } from '../../db/listen.ts'
import type { Locks } from '../../db/locks.ts'
import { clearSealed, findLogin, isOpen, listOpenLogins, listUncancelledLogins, type LoginRow } from '../../db/logins.ts'
import { messageOf } from '../../lib/errors.ts'
import { startWorker } from '../../lib/worker.ts'
import type { Provider, ProviderName } from '../../providers/provider.ts'
import { type LoginRunDeps, runLogin } from './login-run.ts'
import { openStep } from './login-view.ts'

export interface LoginRunnersDeps extends LoginRunDeps {
  readonly locks: Pick<Locks, 'tryHold'>
  readonly listener: Pick<Listener, 'on'>
  readonly findProvider: (name: ProviderName) => Provider | undefined
  /** How often open logins are looked for that nobody follows. */
  readonly idleMs?: number
}
/** Sees to it that every open login is followed by exactly one process. */
export interface LoginRunners {
  wake(): void
  stop(): Promise<void>
}

/** How long the network is asked to drop a login that was cancelled here; by then its codes are long dead. */
const cancelForMs = 30 * 60_000

export function startLoginRunners(deps: LoginRunnersDeps): LoginRunners {
  const { db, log } = deps
  const running = new Map<LoginId, { readonly stop: AbortController; readonly done: Promise<void> }>()
  const worker = startWorker({ name: 'logins', round, idleMs: deps.idleMs ?? 5_000, log })
  const unlisten = deps.listener.on('logins', (payload) => void hear(payload))

  return {
    wake: worker.wake,
    async stop() {
      unlisten()
      await worker.stop()
      for (const { stop } of running.values()) stop.abort()
      await Promise.all([...running.values()].map(({ done }) => done))
    },
  }

  async function round(signal: AbortSignal): Promise<boolean> {
    const provider = deps.findProvider('matrix')
    if (provider === undefined) return false
    for (const { id } of await listOpenLogins(db)) {
      if (!running.has(id) && !signal.aborted) await take(provider, id)
    }
    for (const login of await listUncancelledLogins(db)) await tellCancelled(provider, login)
    return false
  }

  /** Follows a login unless another process does. */
  async function take(provider: Provider, id: LoginId): Promise<void> {
    const hold = await deps.locks.tryHold(`login ${id}`)
    if (hold === undefined) return
    const stop = new AbortController()
    const done = runLogin(deps, provider, id, AbortSignal.any([stop.signal, hold.lost]))
      .catch((error: unknown) => {
        if (!stop.signal.aborted) log.error({ login: id, error: messageOf(error) }, 'a login stopped; it will be taken up again')
      })
      .then(() => hold.release())
      .finally(() => running.delete(id))
    running.set(id, { stop, done })
  }

  /** Ends the wait for a login that was cancelled, here or in another process. */
  async function hear(payload: string): Promise<void> {
    const [id = '', status = ''] = payload.split(' ')
    const run = running.get(id as LoginId)
    if (run === undefined || isOpen({ status: status as LoginStatus })) return
    const row = await findLogin(db, id as LoginId).catch(() => undefined)
    if (row?.status === 'cancelled') run.stop.abort()
  }

  /** Durable, because a code that stays valid could still be scanned by whoever saw it. */
  async function tellCancelled(provider: Provider, login: LoginRow): Promise<void> {
    try {
      const step = openStep(deps.seal, login)
      const account = await deps.accounts.linkOf(login.account_id)
      if (step !== undefined && account !== undefined) await provider.login?.cancel(account, step.handle)
    } catch (error) {
      log.warn({ login: login.id, error: messageOf(error) }, 'a cancelled login could not be told to the network')
      if (deps.clock() < login.updated_at.getTime() + cancelForMs) return
    }
    await clearSealed(db, login.id)
  }
}
