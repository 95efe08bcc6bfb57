import { setTimeout as sleep } from 'node:timers/promises'
import { Agent } from 'undici'
import type { Appservice } from './appservices.ts'
import type { Core } from './core.ts'
import type { Faults } from './faults.ts'
import { askForUser, ping, sendTransaction, transactionUrl, type Calling, type Pinged, type Transaction } from './push-http.ts'
import type { Json, RoomEvent } from './state.ts'

/** How events reach the appservices. */
export type Push = {
  /** Takes an event that was just kept. */
  event(event: RoomEvent): void
  /** Takes a typing or receipt event of a room. */
  ephemeral(roomId: string, event: Json): void
  /** Pings a service; an answer makes a service that is being recovered retry at once. */
  ping(service: Appservice, transactionId: unknown): Promise<Pinged>
  close(): Promise<void>
}

/** Options of the push; `retryScale` shrinks the waits of 2, 4, 8… s; `isVolatile` forgets what Synapse forgets at a restart. */
export type PushOptions = { core: Core; faults: Faults; retryScale: number; isVolatile: boolean }

type Recovery = { backoff: number; timer: NodeJS.Timeout | null; running: boolean }
type Queue = { events: RoomEvent[]; ephemeral: Json[]; sending: boolean; recovery: Recovery | null }

type Pushing = PushOptions & {
  calling: Calling
  queues: Map<string, Queue>
  started: boolean
  nextId: number
  asked: Promise<void>
  unqueued: Set<number>
}

const maxPerTransaction = 100

/**
 * Starts the push. When volatile, events that are in no transaction yet are lost with the process, and nothing is retried
 * after a start until an event interests some service (protocol/homeserver.md 0.1 and 0.4).
 */
export function startPush(options: PushOptions): Push {
  const { core } = options
  const closed = new AbortController()
  const agent = new Agent({ connections: 4 })
  const pushing: Pushing = {
    ...options,
    calling: { core, dispatcher: agent, signal: closed.signal },
    queues: new Map(core.services.map(({ id }) => [id, { events: [], ephemeral: [], sending: false, recovery: null }])),
    started: false,
    nextId: 1 + Math.max(0, ...[...core.store.state.transactions.values()].flat().map(({ id }) => id)),
    asked: Promise.resolve(),
    unqueued: new Set(),
  }
  const missed = core.store.state.log.slice(core.store.state.pushedTo)
  if (options.isVolatile) core.store.commit({ r: 'pushed_to', stream: core.store.state.log.length })
  else {
    startScheduler(pushing)
    for (const event of missed) takeEvent(pushing, event)
  }
  return {
    event: (event) => takeEvent(pushing, event),
    ephemeral: (roomId, event) => takeEphemeral(pushing, roomId, event),
    async ping(service, transactionId) {
      const pinged = await ping(pushing.calling, service, transactionId)
      if (pinged.outcome === 'answered') forceRetry(pushing, service)
      return pinged
    },
    async close() {
      closed.abort()
      for (const { recovery } of pushing.queues.values()) clearTimeout(recovery?.timer ?? undefined)
      await agent.destroy()
    },
  }
}

function isInterested(core: Core, service: Appservice, event: RoomEvent): boolean {
  if (service.isInterestedInUser(event.sender)) return true
  if (event.type === 'm.room.member' && service.isInterestedInUser(event.state_key ?? '')) return true
  return isInterestedInRoom(core, service, event.room_id)
}

function isInterestedInRoom(core: Core, service: Appservice, roomId: string): boolean {
  for (const userId of core.store.state.rooms.get(roomId)?.joined ?? []) {
    if (service.isInterestedInUser(userId)) return true
  }
  return false
}

function takeEvent(pushing: Pushing, event: RoomEvent): void {
  const { core, unqueued } = pushing
  const services = core.services.filter((service) => isInterested(core, service, event))
  if (services.length === 0 || event.hidden === true) return
  const unknown = unknownUsers(core, event)
  unqueued.add(event.stream)
  pushing.asked = pushing.asked.then(async () => {
    for (const userId of unknown) await askForUser(pushing.calling, userId)
    if (pushing.calling.signal.aborted) return
    startScheduler(pushing)
    unqueued.delete(event.stream)
    for (const service of services) enqueue(pushing, service, [event], [])
  })
}

function unknownUsers({ serverName, services, store }: Core, event: RoomEvent): string[] {
  const named = event.type === 'm.room.member' ? [event.sender, event.state_key ?? ''] : [event.sender]
  const isUnknown = (userId: string) =>
    userId.endsWith(`:${serverName}`) && !store.state.users.has(userId) && !services.some(({ sender }) => sender === userId)
  return named.filter(isUnknown)
}

function takeEphemeral(pushing: Pushing, roomId: string, event: Json): void {
  for (const service of pushing.core.services) {
    if (!service.ephemeral && !service.unstableEphemeral) continue
    if (isInterestedInRoom(pushing.core, service, roomId) && mayKnow(service, event)) enqueue(pushing, service, [], [event])
  }
}

/** Private receipts go only to who has that user in its namespace, as Synapse 1.163 was seen to do. */
function mayKnow(service: Appservice, event: Json): boolean {
  if (event.type !== 'm.receipt') return true
  const ofEvents = Object.values(event.content as Record<string, Record<string, Json>>)
  return ofEvents.every((types) => Object.keys(types['m.read.private'] ?? {}).every((userId) => service.isInterestedInUser(userId)))
}

function startScheduler(pushing: Pushing): void {
  if (pushing.started) return
  pushing.started = true
  const { down, transactions } = pushing.core.store.state
  for (const service of pushing.core.services) {
    const isStuck = !pushing.isVolatile && (transactions.get(service.id)?.length ?? 0) > 0
    if (isStuck) pushing.core.store.commit({ r: 'push_state', service: service.id, down: true })
    if (down.has(service.id)) startRecovery(pushing, service)
  }
}

function queueOf(pushing: Pushing, service: Appservice): Queue {
  const queue = pushing.queues.get(service.id)
  if (queue === undefined) throw new Error(`no queue for appservice ${service.id}`)
  return queue
}

function enqueue(pushing: Pushing, service: Appservice, events: RoomEvent[], ephemeral: Json[]): void {
  const queue = queueOf(pushing, service)
  queue.events.push(...events)
  queue.ephemeral.push(...ephemeral)
  if (queue.sending) return
  void drain(pushing, service, queue)
}

async function drain(pushing: Pushing, service: Appservice, queue: Queue): Promise<void> {
  queue.sending = true
  for (;;) {
    const transaction = pushing.calling.signal.aborted ? undefined : nextTransaction(pushing, service, queue)
    if (transaction === undefined) break
    const fault = pushing.faults.take('push', 'PUT', transactionUrl(service, transaction.id))
    if (fault?.kind === 'reorder') {
      await sleep(fault.ms, undefined, { signal: pushing.calling.signal }).catch(() => undefined)
      const overtaking = nextTransaction(pushing, service, queue)
      if (overtaking !== undefined) await deliver(pushing, service, overtaking, undefined)
    }
    await deliver(pushing, service, transaction, fault)
  }
  queue.sending = false
}

function nextTransaction(pushing: Pushing, service: Appservice, queue: Queue): Transaction | undefined {
  const { commit, state } = pushing.core.store
  const events = queue.events.splice(0, maxPerTransaction)
  const ephemeral = queue.ephemeral.splice(0, maxPerTransaction)
  const dropsEphemeral = state.down.has(service.id) && events.length === 0
  if (dropsEphemeral || (events.length === 0 && ephemeral.length === 0)) return undefined
  const id = pushing.nextId
  pushing.nextId += 1
  commit({ r: 'push_txn', service: service.id, id, event_ids: events.map((event) => event.event_id) })
  if (!pushing.isVolatile) notePushed(pushing)
  return { id, events, ephemeral }
}

function notePushed(pushing: Pushing): void {
  const queued = [...pushing.queues.values()].map((queue) => queue.events[0]?.stream ?? Infinity)
  const oldest = Math.min(Infinity, ...queued, ...[...pushing.unqueued].slice(0, 1))
  pushing.core.store.commit({ r: 'pushed_to', stream: Math.min(pushing.core.store.state.log.length, oldest - 1) })
}

async function deliver(pushing: Pushing, service: Appservice, transaction: Transaction, fault: ReturnType<Faults['take']>): Promise<void> {
  const { commit, state } = pushing.core.store
  if (state.down.has(service.id)) return
  const sent = await sendTransaction(pushing.calling, service, transaction, fault)
  if (pushing.calling.signal.aborted) return
  if (sent) {
    commit({ r: 'push_done', service: service.id, id: transaction.id })
    return
  }
  commit({ r: 'push_state', service: service.id, down: true })
  startRecovery(pushing, service)
}

function startRecovery(pushing: Pushing, service: Appservice): void {
  const queue = queueOf(pushing, service)
  if (queue.recovery !== null) return
  queue.recovery = { backoff: 1, timer: null, running: false }
  scheduleRetry(pushing, service, queue.recovery)
}

function scheduleRetry(pushing: Pushing, service: Appservice, recovery: Recovery): void {
  if (pushing.calling.signal.aborted) return
  const delay = 2 ** recovery.backoff * 1000 * pushing.retryScale
  recovery.timer = setTimeout(() => void retryAll(pushing, service, recovery), delay)
}

function forceRetry(pushing: Pushing, service: Appservice): void {
  const { recovery } = queueOf(pushing, service)
  if (recovery === null || recovery.running) return
  clearTimeout(recovery.timer ?? undefined)
  void retryAll(pushing, service, recovery)
}

async function retryAll(pushing: Pushing, service: Appservice, recovery: Recovery): Promise<void> {
  const { state, commit } = pushing.core.store
  recovery.running = true
  for (;;) {
    const oldest = state.transactions.get(service.id)?.[0]
    if (oldest === undefined) break
    const events = oldest.eventIds.flatMap((eventId) => state.events.get(eventId) ?? [])
    const fault = pushing.faults.take('push', 'PUT', transactionUrl(service, oldest.id))
    const sent = await sendTransaction(pushing.calling, service, { id: oldest.id, events, ephemeral: [] }, fault)
    if (pushing.calling.signal.aborted) return
    if (!sent) {
      recovery.running = false
      recovery.backoff = Math.min(9, recovery.backoff + 1)
      scheduleRetry(pushing, service, recovery)
      return
    }
    commit({ r: 'push_done', service: service.id, id: oldest.id })
    recovery.backoff = 1
  }
  queueOf(pushing, service).recovery = null
  commit({ r: 'push_state', service: service.id, down: false })
}
