import type { BridgeFaults } from './faults.ts'
import { pause } from './homeserver.ts'
import type { JsonObject } from './json.ts'
import type { BridgeConfig } from './options.ts'
import type { Login } from './store.ts'

/** What a login's state says; the names are the bridge's (protocol/bridge.md 7.1). */
export type StateReport = {
  state_event:
    | 'UNCONFIGURED'
    | 'CONNECTING'
    | 'BACKFILLING'
    | 'CONNECTED'
    | 'TRANSIENT_DISCONNECT'
    | 'BAD_CREDENTIALS'
    | 'UNKNOWN_ERROR'
    | 'LOGGED_OUT'
  error?: string
  message?: string
  reason?: string
  user_action?: string
  info?: JsonObject
}

/** Bridge states: computed, kept for whoami, pushed to the status endpoint (protocol/bridge.md 7.2). */
export type States = {
  set: (login: Login, report: StateReport) => void
  setGlobal: (report: StateReport) => void
  /** The last state computed in this run, without the fields that name the login; the zero value before the first. */
  current: (loginId: string) => JsonObject
  /** Hears of every state of a login; for the notices in management rooms. */
  listen: (listener: (login: Login, state: JsonObject) => void) => void
}

const errorTexts: Record<string, string> = {
  'wa-logged-out': "You've been logged out from another device.",
  'wa-main-device-gone': 'Your phone was logged out from WhatsApp.',
  'wa-unknown-logout': 'You were logged out for an unknown reason.',
  'wa-not-logged-in': "You're not logged into WhatsApp.",
  'wa-temporary-ban': 'You have been temporarily banned from WhatsApp.',
  'wa-stream-replaced': 'Stream replaced: the bridge was started in another location.',
  'wa-stream-error': 'Unknown stream error',
  'wa-connection-failed': 'Failed to connect to WhatsApp.',
  'wa-transient-disconnect': 'Disconnected from WhatsApp. Trying to reconnect.',
  'wa-keepalive-timeout': 'The WhatsApp web servers are not responding. The bridge will try to reconnect.',
  'wa-client-outdated': 'The bridge must be updated to connect to WhatsApp.',
  'wa-phone-offline':
    "Your phone hasn't been seen in over 12 days. The bridge is currently connected, but will get disconnected if you don't open the app soon.",
}

/** What an error means: its state, whether the connection stops, what the user is asked to do (protocol/bridge.md 7.1). */
export function troubleOf(error: string): { stops: boolean; report: StateReport } {
  if (error === 'wa-phone-offline') return { stops: false, report: { state_event: 'TRANSIENT_DISCONNECT', user_action: 'OPEN_NATIVE' } }
  if (error === 'wa-transient-disconnect' || error === 'wa-keepalive-timeout')
    return { stops: true, report: { state_event: 'TRANSIENT_DISCONNECT' } }
  const ended = ['wa-logged-out', 'wa-main-device-gone', 'wa-unknown-logout', 'wa-not-logged-in', 'wa-temporary-ban']
  return { stops: true, report: { state_event: ended.includes(error) ? 'BAD_CREDENTIALS' : 'UNKNOWN_ERROR' } }
}

type Deps = { config: BridgeConfig; faults: BridgeFaults; clock: () => number; closing: AbortSignal; log: (text: string) => void }

export function createStates(deps: Deps): States {
  const computed = new Map<string, JsonObject>()
  const queues = new Map<string, Queue>()
  const listeners: ((login: Login, state: JsonObject) => void)[] = []

  function push(key: string, state: JsonObject): void {
    if (deps.config.statusEndpoint === undefined || state['state_event'] === 'CONNECTING') return
    const queue = queues.get(key) ?? { waiting: [], busy: false }
    queues.set(key, queue)
    if (queue.waiting.length >= 8) queue.waiting.shift()
    queue.waiting.push(state)
    if (!queue.busy) void work(deps, queue)
  }

  function fill(report: StateReport): JsonObject {
    const message = report.message ?? (report.error === undefined ? undefined : errorTexts[report.error])
    return {
      ...report,
      timestamp: Math.floor(deps.clock() / 1000),
      ttl: report.error === undefined ? 21_600 : 3_600,
      source: 'bridge',
      ...(message === undefined ? {} : { message }),
    }
  }

  return {
    set(login, report) {
      const state = fill(report)
      computed.set(login.id, state)
      const whole = {
        ...state,
        user_id: login.mxid,
        remote_id: login.id,
        remote_name: `+${login.id}`,
        version: { name: 'mautrix-whatsapp', go_version: 'go1.26.0', mautrix_version: 'v0.31.0' },
        remote_profile: { phone: `+${login.id}`, name: login.name },
      }
      push(login.id, whole)
      for (const listener of listeners) listener(login, whole)
    },
    setGlobal: (report) => push('', fill(report)),
    current: (loginId) => computed.get(loginId) ?? { state_event: '', timestamp: 0, ttl: 0 },
    listen: (listener) => void listeners.push(listener),
  }
}

/** States of one login on their way to the endpoint, one that a fault holds back until the next has gone, and the one that arrived last. */
type Queue = { waiting: JsonObject[]; busy: boolean; held?: JsonObject; sent?: { key: string; at: number } }

/** Empties a queue; a state that repeats the last one within its `ttl` is left out. */
async function work(deps: Deps, queue: Queue): Promise<void> {
  queue.busy = true
  for (;;) {
    const state = queue.waiting.shift()
    if (state === undefined || deps.closing.aborted) break
    const { timestamp, ...rest } = state
    const key = JSON.stringify(rest)
    if (queue.sent?.key === key && deps.clock() / 1000 - queue.sent.at < Number(state['ttl'])) continue
    const fault = deps.faults.take('state')
    if (fault?.kind === 'drop') continue
    if (fault?.kind === 'delay') await pause(fault.ms ?? 1_000, deps.closing)
    if (fault?.kind === 'reorder' && queue.held === undefined) {
      queue.held = state
      continue
    }
    if (fault?.kind === 'duplicate') await deliver(deps, state)
    await deliver(deps, state)
    if (queue.held !== undefined) await deliver(deps, queue.held)
    delete queue.held
    queue.sent = { key, at: Number(timestamp) }
  }
  queue.busy = false
}

/** Repeats after 2, 4, … 64 s until the endpoint takes it. */
async function deliver({ config, closing, log }: Deps, state: JsonObject): Promise<void> {
  for (let wait = 2_000; !closing.aborted; wait = Math.min(wait * 2, 64_000)) {
    try {
      const response = await fetch(config.statusEndpoint ?? '', {
        method: 'POST',
        headers: {
          authorization: `Bearer ${config.asToken}`,
          'content-type': 'application/json',
          'user-agent': 'mautrix-whatsapp/v26.08 mautrix-go/v0.30.0 go/go1.26.0 (bridge state sender)',
        },
        body: JSON.stringify(state),
        signal: AbortSignal.any([closing, AbortSignal.timeout(30_000)]),
      })
      await response.arrayBuffer()
      if (response.ok) return
      log(`state push answered ${response.status}`)
    } catch (error) {
      log(`state push failed: ${String(error)}`)
    }
    await pause(wait * config.timeScale, closing)
  }
}
