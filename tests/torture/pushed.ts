import pg from 'pg'
import type { ServerState } from './processes.ts'

/** What the homeserver pushed, against what the accounts' own cursors brought. */
export interface PushLosses {
  /** Whether anything was pushed at all. */
  readonly arePushed: boolean
  /** Messages of customers that are in the inbox. */
  readonly messages: number
  /** Those of them that no push brought: without the audit they would be lost. */
  readonly lost: number
  /** The bridge's words on messages of ours that no push brought. */
  readonly lostWords: number
}

/** Reads the raw batches that the server keeps of each way in; no public door tells by which one a message came. */
export async function countPushLosses(database: ServerState['database']): Promise<PushLosses> {
  const client = new pg.Client(database)
  await client.connect()
  try {
    const batches = await client.query<{ stream: string; body: string }>('select stream, body from inbound_batches')
    const pushed = new Set<string>()
    const words = new Set<string>()
    for (const { stream, body } of batches.rows) {
      for (const { event_id, type } of eventsIn(JSON.parse(body))) {
        if (stream === 'push') pushed.add(event_id)
        if (type === 'com.beeper.message_send_status') words.add(event_id)
      }
    }
    const messages = await client.query<{ external_id: string }>(
      "select external_id from messages where direction = 'inbound' and origin = 'contact'",
    )
    return {
      arePushed: pushed.size > 0,
      messages: messages.rows.length,
      lost: messages.rows.filter((row) => !pushed.has(row.external_id)).length,
      lostWords: [...words].filter((id) => !pushed.has(id)).length,
    }
  } finally {
    await client.end()
  }
}

interface EventName {
  readonly event_id: string
  readonly type: string
}

function eventsIn(value: unknown): readonly EventName[] {
  if (Array.isArray(value)) return value.flatMap(eventsIn)
  if (typeof value !== 'object' || value === null) return []
  const isEvent = 'event_id' in value && 'type' in value && 'sender' in value
  return [...(isEvent ? [value as EventName] : []), ...Object.values(value).flatMap(eventsIn)]
}
