import * as keys from '../db/idempotency.ts'
import type { Hold, Locks } from '../db/locks.ts'
import type { Db, Tx } from '../db/schema.ts'
import type { Clock } from '../lib/clock.ts'
import { AppError } from '../lib/errors.ts'
import { type Seal, SealError } from '../lib/seal.ts'

const keptMs = 48 * 3_600_000

/** An answer that was given before. `body` is empty where there was none. */
export interface Answer {
  readonly status: number
  readonly body: string
}

/** A request that runs under its key. */
export interface Claim extends keys.Claim {
  /** What the same request made before it died: it only has to be answered again. */
  readonly made: string | null
  readonly hold: Hold
}

/** Makes a repeated write the same write (product.md 3). Answers are sealed: one may hold a new API key or a QR code. */
export interface Idempotency {
  /**
   * Begins a request under its key, or returns the answer that this request had before. Throws idempotency_conflict for another request
   * under the same key, idempotency_in_progress while the first still runs. One whose process has died runs no more.
   */
  begin(key: keys.IdempotencyKey, requestHash: Buffer): Promise<{ readonly claim: Claim } | { readonly answer: Answer }>
  /** Keeps the answer, unless it is our own failure (5xx), after which the same request may be tried again. */
  finish(claim: Claim, answer: Answer): Promise<void>
}

export function createIdempotency(deps: { db: Db; locks: Pick<Locks, 'tryHold'>; seal: Seal; clock: Clock }): Idempotency {
  const { db, locks, seal, clock } = deps
  return {
    async begin(key, requestHash) {
      const hold = await locks.tryHold(`request ${key.principal} ${key.key}`)
      try {
        const begun = await begin(key, requestHash, hold)
        if ('answer' in begun) await hold?.release()
        return begun
      } catch (error) {
        await hold?.release()
        throw error
      }
    },

    async finish(claim, { status, body }) {
      try {
        if (status >= 500) await keys.releaseKey(db, claim)
        else await keys.keepAnswer(db, claim, { status, body: seal.seal(body, contextOf(claim)) })
      } finally {
        await claim.hold.release()
      }
    },
  }

  async function begin(key: keys.IdempotencyKey, requestHash: Buffer, hold: Hold | undefined): ReturnType<Idempotency['begin']> {
    const claim = { ...key, startedAt: new Date(clock()) }
    for (;;) {
      if (hold !== undefined && (await keys.claimKey(db, claim, requestHash))) return { claim: { ...claim, hold, made: null } }
      const known = await keys.findKey(db, key)
      if (known !== undefined && claim.startedAt.getTime() - known.created_at.getTime() > keptMs) {
        await keys.forgetKey(db, key, known.created_at)
        continue
      }
      if (known?.request_hash.equals(requestHash) === false)
        throw new AppError('idempotency_conflict', 'This Idempotency-Key was used for another request.')
      if (known !== undefined && known.status !== null) return { answer: { status: known.status, body: open(key, known.body ?? '') } }
      if (hold === undefined) throw inProgress()
      const taken = known === undefined ? undefined : await keys.takeKeyOver(db, claim, known.created_at)
      if (taken !== undefined) return { claim: { ...claim, hold, made: taken.object_id } }
    }
  }

  function open(key: keys.IdempotencyKey, body: string): string {
    try {
      return seal.open(body, contextOf(key))
    } catch (error) {
      if (error instanceof SealError)
        throw new AppError(
          'idempotency_conflict',
          'This request was answered before the sealing key changed; its answer can no longer be read.',
          { cause: error },
        )
      throw error
    }
  }
}

/**
 * Ties what a request makes to its key, in the transaction that makes it: so it is made once, wherever its process or the database dies.
 * Throws idempotency_in_progress when a repeat has taken the key over.
 */
export async function makeOnce(tx: Tx, claim: Claim | null, objectId: string): Promise<void> {
  if (claim !== null && !(await keys.noteMade(tx, claim, objectId))) throw inProgress()
}

function inProgress(): AppError {
  return new AppError('idempotency_in_progress', 'The first request with this Idempotency-Key still runs. Ask again in a moment.', {
    retryAfter: 1,
  })
}

function contextOf({ principal, key }: keys.IdempotencyKey): string {
  return `idempotency_keys|body|${principal} ${key}`
}
