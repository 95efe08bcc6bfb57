import { randomUUID } from 'node:crypto'
import { lockAttempt } from '../../db/attempts.ts'
import { type DoableDeed, findDoable, lockDeed } from '../../db/deeds.ts'
import { appendEvents, type Change } from '../../db/events.ts'
import { insertJobsOnce } from '../../db/jobs.ts'
import {
  awaitWord,
  claimLines,
  type Claimed,
  type DueLine,
  extendLease,
  findSendable,
  holdLine,
  listOverdue,
  listUnopened,
  lockClaim,
  lockDue,
  releaseLane,
  requeue,
  type SendableMessage,
} from '../../db/outbox.ts'
import { readPace } from '../../db/pace.ts'
import { lockTarget } from '../../db/relations.ts'
import type { Db, Tx } from '../../db/schema.ts'
import { transact } from '../../db/transact.ts'
import type { Clock, NewId } from '../../lib/clock.ts'
import { messageOf, SendError } from '../../lib/errors.ts'
import type { Log } from '../../lib/log.ts'
import type { Metrics } from '../../lib/metrics.ts'
import { startWorker, type Worker } from '../../lib/worker.ts'
import type { Sent } from '../../providers/provider.ts'
import type { Applying } from '../apply/context.ts'
import { applyPending } from '../apply/relations.ts'
import type { FindLine, Line } from '../channels/connections.ts'
import { deedWordOf, recordDeedWord } from './deed-words.ts'
import type { OpenFile } from '../media/media.ts'
import { knownOf, outboundDeed, outboundMessage, performerOf } from './outbound.ts'
import { paced } from './pace.ts'
import { recordWord, type Word } from './ticks.ts'
import type { VoiceNotes } from './voice-notes.ts'

const sendsAtOnce = 8
const leaseMs = 20_000
/** So often is looked for what the network never spoke of. */
const overdueMs = 1_000
/** The homeserver knows a transaction id for a day; after this an attempt whose fate is unknown is not made again. */
const giveUpAfterMs = 20 * 3_600_000

export interface OutboxDeps {
  readonly db: Db
  readonly clock: Clock
  readonly newId: NewId
  readonly log: Log
  readonly findLine: FindLine
  readonly openFile: OpenFile
  readonly voiceNotes: Pick<VoiceNotes, 'prepare'>
  readonly metrics?: Pick<Metrics, 'count'>
}

/**
 * Sends what is queued and does the deeds among it, for ever: one line of a conversation at a time, conversations side by side, so that a
 * slow video holds up nobody but its own chat.
 */
export function startOutbox(deps: OutboxDeps): Worker {
  const running = new Set<Promise<unknown>>()
  let lookedForOverdue = 0
  const worker = startWorker({ name: 'outbox', idleMs: 1_000, log: deps.log, round })
  return {
    wake: worker.wake,
    async stop() {
      await worker.stop()
      await Promise.allSettled(running)
    },
  }

  async function round(signal: AbortSignal): Promise<boolean> {
    const free = sendsAtOnce - running.size
    if (free <= 0) {
      await Promise.race(running)
      return true
    }
    const { begun, looked } = await claim(deps, free)
    for (const one of begun) {
      const work: Promise<unknown> = carryOut(deps, one, signal).finally(() => running.delete(work))
      running.add(work)
    }
    const isTime = deps.clock() - lookedForOverdue >= overdueMs
    if (isTime && (await giveUpWaiting(deps))) return true
    if (isTime) lookedForOverdue = deps.clock()
    return looked === free
  }
}

/** A line in hand, with what is read for it while its claim is committed. */
interface Begun {
  readonly claimed: Claimed
  readonly needs: Promise<readonly [Line | undefined, SendableMessage | DoableDeed | undefined]>
}

/** Takes what may go now, and lets wait what is above the pace of its number. `looked`: how many lines were due. */
async function claim(deps: OutboxDeps, limit: number): Promise<{ readonly begun: readonly Begun[]; readonly looked: number }> {
  const now = deps.clock()
  const at = new Date(now)
  return transact(deps.db, async (tx) => {
    const due = await lockDue(tx, { limit, now: at })
    if (due.length === 0) return { begun: [], looked: 0 }
    const fresh = due.filter((line) => line.kind === 'message' && line.fresh)
    const unopened = await listUnopened(tx, distinct(fresh.filter((line) => line.is_unheard).map((line) => line.conversation_id)))
    const uses = await readPace(tx, distinct(fresh.filter((line) => line.is_paced).map((line) => line.channel_id)), at)
    const lines = due.map((line) => ({ ...line, opens_chat: unopened.has(line.conversation_id) }))
    const { go, wait } = paced(lines, uses, now)
    for (const { line, until, reason } of wait) await holdLine(tx, line, new Date(until), reason)
    const claimed = await claimLines(tx, go, { token: randomUUID(), now: at, leaseUntil: new Date(now + leaseMs) })
    const begun = claimed.map((line) => begin(deps, line))
    const deeds = claimed.filter((line) => line.kind === 'deed')
    if (deeds.length > 0) await record(deps, tx, deeds, { state: 'sending', at })
    await appendEvents(tx, [...wait.flatMap(({ line }) => heldChanges(line)), ...go.flatMap(begunChanges)], at)
    return { begun, looked: due.length }
  })
}

function begin({ db, findLine }: OutboxDeps, claimed: Claimed): Begun {
  const what = claimed.kind === 'deed' ? findDoable(db, claimed.id) : findSendable(db, claimed.message_id)
  const needs = Promise.all([findLine(claimed.channel_id), what])
  // Nobody waits for it when the claim itself fails.
  needs.catch(() => {})
  return { claimed, needs }
}

/** What begins or ends to wait changes what its message says, and how much waits on its number. */
function heldChanges({ message_id, channel_id }: DueLine): readonly Change[] {
  return [
    { type: 'message.updated', objectId: message_id, channelId: channel_id },
    { type: 'channel.updated', objectId: channel_id, channelId: channel_id },
  ]
}

function begunChanges(line: DueLine): readonly Change[] {
  const { fresh, kind, message_id, conversation_id, channel_id, held_for } = line
  const sending: readonly Change[] = [
    { type: 'message.updated', objectId: message_id, channelId: channel_id },
    { type: 'conversation.updated', objectId: conversation_id, channelId: channel_id },
  ]
  return [...(fresh && kind === 'message' ? sending : []), ...(held_for === null ? [] : heldChanges(line))]
}

function distinct<T>(values: readonly T[]): readonly T[] {
  return [...new Set(values)]
}

async function carryOut(deps: OutboxDeps, begun: Begun, signal: AbortSignal): Promise<void> {
  const { claimed } = begun
  const heartbeat = setInterval(() => void extendLease(deps.db, claimed, new Date(deps.clock() + leaseMs)).catch(() => {}), leaseMs / 3)
  try {
    const sent = await tryNow(deps, begun, signal)
    if (sent !== null) deps.metrics?.count('mistok_sends_total', { outcome: sent instanceof SendError ? sent.code : 'accepted' })
    await settle(deps, claimed, sent)
  } catch (error) {
    deps.log.warn({ line: claimed.id, error: messageOf(error) }, 'a send could not be settled; its lease will end')
  } finally {
    clearInterval(heartbeat)
  }
}

/** How it went; null when there was nothing to do. */
async function tryNow(deps: OutboxDeps, { claimed, needs }: Begun, signal: AbortSignal): Promise<Sent | SendError | null> {
  try {
    const [line, what] = await needs
    if (line === undefined)
      return new SendError('channel_not_connected', 'This number is not connected.', { certain: true, retryAfterMs: 5_000 })
    if (what === undefined) throw new Error('the message was erased')
    return await ('kind' in what ? perform(deps, line, claimed, what, signal) : send(deps, line, claimed, what, signal))
  } catch (error) {
    if (error instanceof SendError) return error
    return new SendError('internal', messageOf(error), { certain: true, retryAfterMs: null }, { cause: error })
  }
}

async function send(deps: OutboxDeps, line: Line, claimed: Claimed, message: SendableMessage, signal: AbortSignal): Promise<Sent> {
  if (claimed.interrupted && line.connection.repeatable === false)
    throw new SendError('outcome_unknown', 'The server stopped while this was being sent, so it may have gone out', {
      certain: false,
      retryAfterMs: null,
    })
  const file = message.file?.voice === true ? await deps.voiceNotes.prepare(message.file, signal) : message.file
  const known = await knownOf(deps.db, line, message.conversation_external_id)
  return line.connection.send({ ...(await outboundMessage(deps, claimed.id, { ...message, file })), ...known }, signal)
}

async function perform(deps: OutboxDeps, line: Line, claimed: Claimed, deed: DoableDeed, signal: AbortSignal): Promise<Sent | null> {
  const outbound = await outboundDeed(deps.db, line, deed, { now: deps.clock(), isFirst: claimed.tries === 1 })
  if (outbound === null) return null
  return performerOf(line)({ ...outbound, ...(await knownOf(deps.db, line, outbound.conversation)) }, signal)
}

/** Writes down how it went, unless the lease was lost meanwhile: then its new holder does. */
async function settle(deps: OutboxDeps, claimed: Claimed, outcome: Sent | SendError | null): Promise<void> {
  const now = deps.clock()
  const at = new Date(now)
  await transact(deps.db, async (tx) => {
    if (outcome === null) {
      if (await lockClaim(tx, claimed)) await record(deps, tx, [claimed], { state: 'sent', at })
      return
    }
    if (!(outcome instanceof SendError)) {
      const { id, state, proofMs } = outcome
      if (!(await awaitWord(tx, claimed, new Date(now + (proofMs ?? 0))))) return
      await record(deps, tx, [claimed], { state, external: id, at })
      if (proofMs === null) await releaseLane(tx, claimed.id)
      return
    }
    if (!(await lockClaim(tx, claimed))) return
    const { code, message, certain, retryAfterMs, hold, networkCode } = outcome
    const again = certain && retryAfterMs !== null
    if (again && now - claimed.started_at.getTime() < giveUpAfterMs) {
      await requeue(tx, claimed, new Date(now + retryAfterMs), hold === undefined ? null : { ...hold, detail: message })
      await record(deps, tx, [claimed], { state: 'sending', at })
      return
    }
    const retryable = code !== 'unsupported' && code !== 'media_too_large'
    const failed = { code, detail: message, retryable, ...(networkCode === undefined ? {} : { network_code: networkCode }) }
    const doubt = !certain || again
    await record(deps, tx, [claimed], { state: doubt ? 'sending' : 'failed', doubt, error: failed, at })
  })
}

/** Where the network said nothing in time, the message is marked as in doubt and the lane goes on. Whether there was such. */
async function giveUpWaiting(deps: OutboxDeps): Promise<boolean> {
  const overdue = await listOverdue(deps.db, new Date(deps.clock()), 100)
  for (const line of overdue) {
    await transact(deps.db, (tx) => record(deps, tx, [line], { state: 'sending', doubt: true, at: new Date(deps.clock()) }))
  }
  return overdue.length > 0
}

/** Records one word on some lines, what waited for the ids that they got, and tells the feed. */
async function record(deps: OutboxDeps, tx: Tx, lines: readonly Pick<Claimed, 'id' | 'kind'>[], word: Word): Promise<void> {
  const now = new Date(deps.clock())
  const changes: Change[] = []
  const applying: Applying = { tx, provider: '', now, newId: deps.newId, channels: new Map(), people: new Map(), changes, jobs: [] }
  for (const { id, kind } of lines) {
    const known = kind === 'deed' ? await lockDeed(tx, { id }) : await lockAttempt(tx, { id })
    if (known === undefined) continue
    if (word.external !== undefined) await lockTarget(tx, known.channel_id, word.external)
    if ('before' in known) await recordDeedWord(applying, known, deedWordOf(word))
    else await recordWord(applying, known, word)
    if (word.external !== undefined) {
      await applyPending(applying, [{ channel_id: known.channel_id, target: word.external }])
    }
  }
  await insertJobsOnce(tx, applying.jobs, now)
  await appendEvents(tx, changes, now)
}
