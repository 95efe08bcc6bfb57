import { randomUUID } from 'node:crypto'
import { lockAttempt } from '../db/attempts.ts'
import { appendEvents, type Change } from '../db/events.ts'
import { insertJobsOnce } from '../db/jobs.ts'
import { awaitWord, claimSends, type Claimed, extendLease, findSendable, listOverdue, lockClaim, requeue } from '../db/outbox.ts'
import { lockTarget } from '../db/relations.ts'
import type { Db, Tx } from '../db/schema.ts'
import { transact } from '../db/transact.ts'
import type { Clock, NewId } from '../lib/clock.ts'
import { messageOf, SendError } from '../lib/errors.ts'
import type { Log } from '../lib/log.ts'
import { startWorker, type Worker } from '../lib/worker.ts'
import type { OutboundMessage, Sent } from '../providers/provider.ts'
import type { Applying } from './apply/context.ts'
import { applyPending } from './apply/relations.ts'
import type { FindLine } from './connections.ts'
import type { OpenFile } from './media.ts'
import { recordWord, type Word } from './ticks.ts'

const sendsAtOnce = 8
const leaseMs = 20_000
/** The homeserver knows a transaction id for a day; after this an attempt whose fate is unknown is not made again. */
const giveUpAfterMs = 20 * 3_600_000

export interface OutboxDeps {
  readonly db: Db
  readonly clock: Clock
  readonly newId: NewId
  readonly log: Log
  readonly findLine: FindLine
  readonly openFile: OpenFile
}

/**
 * Sends what is queued, for ever: one message of a conversation at a time, conversations side by side, so that a slow video
 * holds up nobody but its own chat.
 */
export function startOutbox(deps: OutboxDeps): Worker {
  const running = new Set<Promise<void>>()
  const worker = startWorker({ name: 'outbox', idleMs: 1_000, log: deps.log, round })
  return {
    wake: worker.wake,
    async stop() {
      await worker.stop()
      await Promise.allSettled(running)
    },
  }

  async function round(signal: AbortSignal): Promise<boolean> {
    await giveUpWaiting(deps)
    const free = sendsAtOnce - running.size
    if (free <= 0) {
      await Promise.race(running)
      return true
    }
    const claimed = await claim(deps, free)
    for (const one of claimed) {
      const work: Promise<void> = send(deps, one, signal).finally(() => {
        running.delete(work)
        worker.wake()
      })
      running.add(work)
    }
    return claimed.length === free
  }
}

async function claim(deps: OutboxDeps, limit: number): Promise<readonly Claimed[]> {
  const now = deps.clock()
  return transact(deps.db, async (tx) => {
    const claimed = await claimSends(tx, { token: randomUUID(), limit, now: new Date(now), leaseUntil: new Date(now + leaseMs) })
    await record(deps, tx, claimed, { state: 'sending', at: new Date(now) })
    return claimed
  })
}

async function send(deps: OutboxDeps, claimed: Claimed, signal: AbortSignal): Promise<void> {
  const heartbeat = setInterval(() => void extendLease(deps.db, claimed, new Date(deps.clock() + leaseMs)).catch(() => {}), leaseMs / 3)
  try {
    const sent = await trySend(deps, claimed, signal)
    await settle(deps, claimed, sent)
  } catch (error) {
    deps.log.warn({ attempt: claimed.attempt_id, error: messageOf(error) }, 'a send could not be settled; its lease will end')
  } finally {
    clearInterval(heartbeat)
  }
}

async function trySend(deps: OutboxDeps, claimed: Claimed, signal: AbortSignal): Promise<Sent | SendError> {
  try {
    const line = await deps.findLine(claimed.channel_id)
    if (line === undefined)
      return new SendError('channel_not_connected', 'This number is not connected.', { certain: true, retryAfterMs: 5_000 })
    return await line.connection.send(await outboundMessage(deps, claimed), signal)
  } catch (error) {
    if (error instanceof SendError) return error
    return new SendError('internal', messageOf(error), { certain: true, retryAfterMs: null }, { cause: error })
  }
}

async function outboundMessage(deps: OutboxDeps, claimed: Claimed): Promise<OutboundMessage> {
  const message = await findSendable(deps.db, claimed.message_id)
  if (message === undefined) throw new Error('the message was erased')
  const { file } = message
  return {
    attempt: claimed.attempt_id,
    conversation: message.conversation_external_id,
    type: message.type,
    text: message.text ?? '',
    content: message.content,
    ...(message.reply_to_external_id === null ? {} : { replyTo: { id: message.reply_to_external_id } }),
    ...(file === null
      ? {}
      : {
          file: {
            type: file.type,
            mimeType: file.mime_type,
            fileName: file.file_name ?? file.type,
            sizeBytes: Number(file.size_bytes),
            voice: file.voice,
            ...(file.width === null ? {} : { width: file.width }),
            ...(file.height === null ? {} : { height: file.height }),
            ...(file.duration_ms === null ? {} : { durationMs: file.duration_ms }),
            open: () => deps.openFile(file.id),
          },
        }),
  }
}

/** Writes down how a send went, unless the lease was lost meanwhile: then its new holder does. */
async function settle(deps: OutboxDeps, claimed: Claimed, outcome: Sent | SendError): Promise<void> {
  const now = deps.clock()
  const at = new Date(now)
  await transact(deps.db, async (tx) => {
    if (!(outcome instanceof SendError)) {
      if (!(await awaitWord(tx, claimed, new Date(now + outcome.proofMs)))) return
      await record(deps, tx, [claimed], { state: outcome.state, external: outcome.id, at })
      return
    }
    if (!(await lockClaim(tx, claimed))) return
    const { code, message, certain, retryAfterMs } = outcome
    const again = certain && retryAfterMs !== null
    if (again && now - claimed.created_at.getTime() < giveUpAfterMs) {
      await requeue(tx, claimed, new Date(now + retryAfterMs))
      await record(deps, tx, [claimed], { state: 'sending', at })
      return
    }
    const failed = { code, detail: message, retryable: code !== 'unsupported' && code !== 'media_too_large' }
    const doubt = !certain || again
    await record(deps, tx, [claimed], { state: doubt ? 'sending' : 'failed', doubt, error: failed, at })
  })
}

/** The network said nothing in time: the message is marked as in doubt and the lane goes on. */
async function giveUpWaiting(deps: OutboxDeps): Promise<void> {
  const overdue = await listOverdue(deps.db, new Date(deps.clock()), 100)
  for (const id of overdue) {
    await transact(deps.db, (tx) => record(deps, tx, [{ attempt_id: id }], { state: 'sending', doubt: true, at: new Date(deps.clock()) }))
  }
}

/** Records one word on some attempts, what waited for the ids that they got, and tells the feed. */
async function record(deps: OutboxDeps, tx: Tx, attempts: readonly Pick<Claimed, 'attempt_id'>[], word: Word): Promise<void> {
  const now = new Date(deps.clock())
  const changes: Change[] = []
  const applying: Applying = { tx, provider: '', now, newId: deps.newId, channels: new Map(), people: new Map(), changes, jobs: [] }
  for (const { attempt_id } of attempts) {
    const attempt = await lockAttempt(tx, { id: attempt_id })
    if (attempt === undefined) continue
    if (word.external !== undefined) await lockTarget(tx, attempt.channel_id, word.external)
    await recordWord(applying, attempt, word)
    if (word.external !== undefined) {
      await applyPending(applying, [{ channel_id: attempt.channel_id, target: word.external }])
    }
  }
  await insertJobsOnce(tx, applying.jobs, now)
  await appendEvents(tx, changes, now)
}
