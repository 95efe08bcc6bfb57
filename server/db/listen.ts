import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import type { Log } from '../lib/log.ts'
import { connectionOf, type DatabaseAddress } from './open.ts'

/** What one process tells the others that there is to do. A hint, never the only way in which work is found. */
export const topics = ['feed', 'inbound', 'outbox', 'jobs', 'settings', 'logins', 'accounts', 'typing', 'presence'] as const
export type Topic = (typeof topics)[number]

export interface Listener {
  /** Calls back at each notice, and once after a broken connection is back, since notices may have been missed. */
  on(topic: Topic, hear: (payload: string) => void): () => void
  close(): Promise<void>
}

/** One connection that LISTENs for all topics and connects again for ever. */
export function openListener(address: DatabaseAddress, log: Log): Listener {
  const heard = new Map<Topic, Set<(payload: string) => void>>(topics.map((topic) => [topic, new Set()]))
  const closing = new AbortController()
  let client: pg.Client | undefined
  const running = run()

  return {
    on(topic, hear) {
      heard.get(topic)?.add(hear)
      return () => heard.get(topic)?.delete(hear)
    },
    async close() {
      closing.abort()
      await client?.end().catch(() => {})
      await running
    },
  }

  async function run(): Promise<void> {
    while (!closing.signal.aborted) {
      try {
        await listenOnce()
      } catch {
        log.warn({}, 'the connection for notices broke; connecting again')
      }
      await sleep(500, undefined, { signal: closing.signal }).catch(() => {})
    }
  }

  async function listenOnce(): Promise<void> {
    const current = new pg.Client({ ...connectionOf(address), application_name: 'mistok-listen', keepAlive: true })
    const ended = new Promise<void>((resolve) => current.once('end', resolve))
    current.on('error', () => {})
    current.on('notification', ({ channel, payload }) => tell(channel.replace('mistok_', ''), payload ?? ''))
    try {
      await current.connect()
      client = current
      for (const topic of topics) await current.query(`listen mistok_${topic}`)
      for (const topic of topics) tell(topic, '')
      if (!closing.signal.aborted) await ended
    } finally {
      await current.end().catch(() => {})
    }
  }

  function tell(topic: string, payload: string): void {
    for (const hear of heard.get(topic as Topic) ?? []) hear(payload)
  }
}
