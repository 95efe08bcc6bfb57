import { randomUUID } from 'node:crypto'
import type { BridgeFaults } from './faults.ts'
import { path, pause, type Homeserver } from './homeserver.ts'
import type { JsonObject } from './json.ts'
import type { BridgeConfig } from './options.ts'

/** Why an event did not reach WhatsApp. `certain` is false when it may have. */
export type SendFailure = { status: 'FAIL_RETRIABLE' | 'FAIL_PERMANENT'; reason: string; message?: string; error: string }

/** A failure in the bridge's own words, thrown while an event is handled. */
export class NotBridged extends Error {
  failure: SendFailure
  constructor(failure: SendFailure) {
    super(failure.error)
    this.failure = failure
  }
}

/** A failure that the bridge calls unsupported: certain, and no repeat helps. */
export function refused(error: string): NotBridged {
  return new NotBridged({ status: 'FAIL_RETRIABLE', reason: 'com.beeper.unsupported_event', message: error, error })
}

/** Any other failure, with the bridge's generic reason. Some have no words for people: an empty `message` is left out. */
export function failed(error: string, message = error): NotBridged {
  return new NotBridged({ status: 'FAIL_RETRIABLE', reason: 'm.event_not_handled', message, error })
}

/** The event that a status is about; `fromPhone` for one that the phone's owner wrote there, which has no checkpoints. */
type Target = { roomId: string; eventId: string; eventType: string; msgtype?: string; fromPhone?: boolean }

/** Tells the sender what became of an event: status events in the room and checkpoints (protocol/bridge.md 6.1). */
export type Statuses = {
  received: (target: Target) => void
  sent: (target: Target) => void
  /** A command was understood as one. */
  command: (target: Target) => void
  delivered: (target: Target, to: string[]) => void
  failed: (target: Target, failure: SendFailure) => void
}

type Deps = {
  config: BridgeConfig
  homeserver: Homeserver
  faults: BridgeFaults
  clock: () => number
  closing: AbortSignal
  log: (text: string) => void
}

export function createStatuses(deps: Deps): Statuses {
  const { config, homeserver } = deps
  /** A status that a fault holds back until the next one has gone. */
  let held: (() => Promise<void>) | undefined

  async function put(target: Target, content: JsonObject): Promise<void> {
    const where = path`/_matrix/client/v3/rooms/${target.roomId}/send/com.beeper.message_send_status/${randomUUID()}`
    const body = { 'm.relates_to': { rel_type: 'm.reference', event_id: target.eventId }, ...content }
    await homeserver.call('PUT', where, { as: config.bot, body })
  }

  async function post(target: Target, content: JsonObject): Promise<void> {
    if (!config.messageStatusEvents) return
    const fault = deps.faults.take('status')
    if (fault?.kind === 'drop') return
    if (fault?.kind === 'reorder') return void (held = () => put(target, content))
    if (fault?.kind === 'delay') await pause(fault.ms ?? 1_000, deps.closing)
    if (fault?.kind === 'duplicate') await put(target, content)
    const waiting = held
    held = undefined
    await put(target, content)
    await waiting?.()
  }

  async function checkpoint(target: Target, step: string, status: string, info?: string) {
    if (config.checkpointEndpoint === undefined || target.fromPhone === true) return
    const checkpoint = {
      event_id: target.eventId,
      room_id: target.roomId,
      step,
      timestamp: deps.clock(),
      status,
      event_type: target.eventType,
      reported_by: 'BRIDGE',
      retry_num: 0,
      ...(target.msgtype === undefined ? {} : { message_type: target.msgtype }),
      ...(info === undefined ? {} : { info }),
    }
    const response = await fetch(config.checkpointEndpoint, {
      method: 'POST',
      headers: { authorization: `Bearer ${config.asToken}`, 'content-type': 'application/json' },
      body: JSON.stringify({ checkpoints: [checkpoint] }),
      signal: AbortSignal.timeout(5_000),
    })
    await response.arrayBuffer()
  }

  /** Statuses go out beside the work, in no certain order, and a failure of theirs stops nothing. */
  function aside(work: Promise<void>) {
    work.catch((error: unknown) => deps.log(`status not sent: ${String(error)}`))
  }

  return {
    received: (target) => aside(checkpoint(target, 'BRIDGE', 'SUCCESS')),
    sent(target) {
      aside(post(target, { status: 'SUCCESS' }))
      aside(checkpoint(target, 'REMOTE', 'SUCCESS'))
    },
    command(target) {
      aside(post(target, { status: 'SUCCESS' }))
      aside(checkpoint(target, 'COMMAND', 'SUCCESS'))
    },
    delivered(target, to) {
      aside(post(target, { status: 'SUCCESS', delivered_to_users: to }))
      aside(checkpoint(target, 'REMOTE', 'DELIVERED'))
    },
    failed(target, failure) {
      const { status, reason, message, error } = failure
      aside(post(target, { status, reason, ...((message ?? '') === '' ? {} : { message }), internal_error: error }))
      aside(checkpoint(target, 'REMOTE', reason === 'com.beeper.unsupported_event' ? 'UNSUPPORTED' : 'PERM_FAILURE', error))
    },
  }
}
