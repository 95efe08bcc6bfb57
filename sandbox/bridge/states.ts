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
  set(login: Login, report: StateReport): void
  setGlobal(report: StateReport): void
  /** The last state computed in this run, without the fields that name the login; the zero value before the first. */
  current(loginId: string): JsonObject
  listen(listener: (login: Login, state: JsonObject) => void): void
}

const errorTexts: Record<string, string> = {
  'wa-logged-out': "You've been logged out from another device.",
  'wa-main-device-gone': 'Your phone was logged out from WhatsApp.',
  'wa-unknown-logout': 'You were logged out for an unknown reason.',
  'wa-not-logged-in': "You're not logged into WhatsApp.",
  'wa-temporary-ban': 'You have been temporarily banned from WhatsApp.',
  'wa-stream-replaced': 'Stream replaced: the bridge was started in another location.',
  'wa-client-outdated': 'The bridge must be updated to connect to WhatsApp.',
  'wa-phone-offline': "Your phone hasn't been seen in over 12 days. The bridge is currently connected, but will get disconnected if you don't open the app soon.",
}

export function createStates(deps: { config: BridgeConfig; clock(): number; closing: AbortSignal; log(text: string): void }): States {
  const { config } = deps
  const computed = new Map<string, JsonObject>()
  const queues = new Map<string, { waiting: JsonObject[]; busy: boolean; sent?: { key: string; at: number; ttl: number } }>()
  const listeners: ((login: Login, state: JsonObject) => void)[] = []

  function push(key: string, state: JsonObject) {
    if (config.statusEndpoint === undefined || state['state_event'] === 'CONNECTING') return
    const queue = queues.get(key) ?? { waiting: [], busy: false }
    queues.set(key, queue)
    if (queue.waiting.length >= 8) queue.waiting.shift()
    queue.waiting.push(state)
    if (!queue.busy) void work(queue)
  }

  async function work(queue: { waiting: JsonObject[]; busy: boolean; sent?: { key: string; at: number; ttl: number } }) {
    queue.busy = true
    for (;;) {
      const state = queue.waiting.shift()
      if (state === undefined || deps.closing.aborted) break
      const { timestamp, ...rest } = state
      const key = JSON.stringify(rest)
      const now = deps.clock() / 1000
      if (queue.sent?.key === key && now - queue.sent.at < queue.sent.ttl) continue
      await deliver(state)
      queue.sent = { key, at: Number(timestamp), ttl: Number(state['ttl']) }
    }
    queue.busy = false
  }

  async function deliver(state: JsonObject) {
    for (let wait = 2_000; !deps.closing.aborted; wait = Math.min(wait * 2, 64_000)) {
      try {
        const response = await fetch(config.statusEndpoint ?? '', {
          method: 'POST',
          headers: {
            authorization: `Bearer ${config.asToken}`,
            'content-type': 'application/json',
            'user-agent': 'mautrix-whatsapp/v26.08 mautrix-go/v0.30.0 go/go1.26.0 (bridge state sender)',
          },
          body: JSON.stringify(state),
          signal: AbortSignal.any([deps.closing, AbortSignal.timeout(30_000)]),
        })
        await response.arrayBuffer()
        if (response.ok) return
        deps.log(`state push answered ${response.status}`)
      } catch (error) {
        deps.log(`state push failed: ${String(error)}`)
      }
      await pause(wait * config.timeScale, deps.closing)
    }
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
