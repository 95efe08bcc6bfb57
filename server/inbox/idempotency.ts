import { claimKey, type Claim, findKey, type IdempotencyKey, keepAnswer, releaseKey, takeKeyOver } from '../db/idempotency.ts'
import type { Db } from '../db/schema.ts'
import type { Clock } from '../lib/clock.ts'
import { AppError } from '../lib/errors.ts'
import { type Seal, SealError } from '../lib/seal.ts'

export type { Claim } from '../db/idempotency.ts'

const keptMs = 48 * 3_600_000
/** A request that has not answered for so long has died with its server. */
const abandonedMs = 60_000

/** An answer that was given before. `body` is empty where there was none. */
export interface Answer {
  readonly status: number
  readonly body: string
}

/** Makes a repeated write the same write (product.md 3). Answers are sealed: one may hold a new API key or a QR code. */
export interface Idempotency {
  /**
   * Begins a request under its key, or returns the answer that this request had before. Throws idempotency_conflict for another request
   * under the same key, idempotency_in_progress while the first still runs.
   */
  begin(key: IdempotencyKey, requestHash: Buffer): Promise<{ readonly claim: Claim } | { readonly answer: Answer }>
  /** Keeps the answer, unless it is our own failure (5xx), after which the same request may be tried again. */
  finish(claim: Claim, answer: Answer): Promise<void>
}

export function createIdempotency({ db, seal, clock }: { db: Db; seal: Seal; clock: Clock }): Idempotency {
  return {
    async begin(key, requestHash) {
      const claim = { ...key, startedAt: new Date(clock()) }
      for (;;) {
        if (await claimKey(db, claim, requestHash)) return { claim }
        const known = await findKey(db, key)
        // Released between the two looks.
        if (known === undefined) continue
        const ageMs = claim.startedAt.getTime() - known.created_at.getTime()
        if (ageMs > keptMs) {
          if (await takeKeyOver(db, claim, requestHash, known.created_at)) return { claim }
          continue
        }
        if (!known.request_hash.equals(requestHash))
          throw new AppError('idempotency_conflict', 'This Idempotency-Key was used for another request.')
        if (known.status !== null) return { answer: { status: known.status, body: open(key, known.body ?? '') } }
        if (ageMs > abandonedMs && (await takeKeyOver(db, claim, requestHash, known.created_at))) return { claim }
        throw new AppError('idempotency_in_progress', 'The first request with this Idempotency-Key still runs. Ask again in a moment.', {
          retryAfter: 1,
        })
      }
    },

    async finish(claim, { status, body }) {
      if (status >= 500) await releaseKey(db, claim)
      else await keepAnswer(db, claim, { status, body: seal.seal(body, contextOf(claim)) })
    },
  }

  function open(key: IdempotencyKey, body: string): string {
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

function contextOf({ principal, key }: IdempotencyKey): string {
  return `idempotency_keys|body|${principal} ${key}`
}
