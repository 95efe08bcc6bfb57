import { setTimeout as sleep } from 'node:timers/promises'
import { createParser } from 'eventsource-parser'
import type { Event } from '../../contract/event.ts'
import type { Message } from '../../contract/message.ts'
import type { Api } from './api.ts'

/** A client of the event stream that comes back with `Last-Event-ID` whenever it is cut off. */
export interface Follower {
  /** How often each message was told as new, by its id. */
  readonly created: ReadonlyMap<string, number>
  /** Messages that were in doubt at any time. */
  readonly doubted: ReadonlySet<string>
  readonly connections: number
  /** Why the stream could not be resumed; nothing is followed after that. */
  readonly broken: string | undefined
  stop(): Promise<void>
}

/** The server says something at least every 15 s; a stream that is silent for longer is dead. */
const silenceLimit = 40_000

/** `told` hears of each new message. */
export function follow(api: Api, told: (message: Message) => void = () => {}): Follower {
  const created = new Map<string, number>()
  const doubted = new Set<string>()
  const stopping = new AbortController()
  let lastId = ''
  let connections = 0
  let broken: string | undefined
  const running = run()

  return {
    created,
    doubted,
    get connections() {
      return connections
    },
    get broken() {
      return broken
    },
    async stop() {
      stopping.abort()
      await running
    },
  }

  async function run(): Promise<void> {
    while (!stopping.signal.aborted && broken === undefined) {
      await listen().catch(() => {})
      await sleep(100)
    }
  }

  async function listen(): Promise<void> {
    const silence = new AbortController()
    const timer = setTimeout(() => silence.abort(), silenceLimit)
    try {
      const response = await fetch(`${api.url}/api/v1/events`, {
        headers: { ...api.headers, accept: 'text/event-stream', ...(lastId === '' ? {} : { 'last-event-id': lastId }) },
        signal: AbortSignal.any([silence.signal, stopping.signal]),
      })
      if (response.status >= 400 && response.status < 500) broken = `${response.status} ${await response.text()}`
      if (!response.ok || response.body === null) return
      connections += 1
      const parser = createParser({ onEvent: hear })
      for await (const part of response.body.pipeThrough(new TextDecoderStream())) {
        timer.refresh()
        parser.feed(part)
      }
    } finally {
      clearTimeout(timer)
    }
  }

  function hear({ event, id, data }: { event?: string | undefined; id?: string | undefined; data: string }): void {
    if (id !== undefined && id !== '') lastId = id
    if (event !== 'message.created' && event !== 'message.updated') return
    const { data: message } = JSON.parse(data) as Extract<Event, { type: 'message.created' | 'message.updated' }>
    if (event === 'message.created') {
      created.set(message.id, (created.get(message.id) ?? 0) + 1)
      told(message)
    }
    if (message.unconfirmed_since !== undefined) doubted.add(message.id)
  }
}
