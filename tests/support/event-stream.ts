import { setTimeout as sleep } from 'node:timers/promises'
import { createParser } from 'eventsource-parser'
import type { Event, EventType, Presence, Typing } from '../../contract/event.ts'
import { routes } from '../../contract/routes.ts'
import { waitFor } from '../e2e/wait.ts'

type Data<T extends EventType, E = Event> = E extends { type: infer U; data: infer D } ? (T extends U ? D : never) : never

/** The event stream of one person, written down as it comes; where it breaks off, it is gone on with from its cursor. */
export interface Followed {
  readonly events: readonly Event[]
  /** Who typed; nothing brings back what was missed of it. */
  readonly typing: readonly Typing[]
  /** Which colleagues looked; the same. */
  readonly presence: readonly Presence[]
  /** The cursor to go on from. */
  readonly cursor: () => string
  /** What came of one type, in order. */
  of<T extends EventType>(type: T): readonly Data<T>[]
  /** Waits for an event of this type, come or to come, that is the one looked for; throws after `timeout` (30 s). */
  until<T extends EventType>(type: T, what: string, isIt: (data: Data<T>) => boolean, timeout?: number): Promise<Data<T>>
  close(): void
}

const pauseMs = 200

/** Opens the stream and resolves when it flows. A stream that is refused at first throws. */
export async function followEvents(url: string, headers: Readonly<Record<string, string>>, after?: string): Promise<Followed> {
  const stop = new AbortController()
  const events: Event[] = []
  const typing: Typing[] = []
  const presence: Presence[] = []
  const ready = Promise.withResolvers<void>()
  let cursor = after
  const parser = createParser({
    onEvent({ event, id, data }) {
      cursor = id ?? cursor
      if (event === 'ready') ready.resolve()
      else if (event === 'typing') typing.push(JSON.parse(data) as Typing)
      else if (event === 'presence') presence.push(JSON.parse(data) as Presence)
      else events.push(JSON.parse(data) as Event)
    },
  })
  const once = async () => {
    const target = new URL(url + routes.listEvents.path)
    if (cursor !== undefined) target.searchParams.set('after', cursor)
    const answer = await fetch(target, { headers: { ...headers, accept: 'text/event-stream' }, signal: stop.signal })
    if (!answer.ok || answer.body === null) throw new Error(`the event stream answered ${answer.status}: ${await answer.text()}`)
    for await (const text of answer.body.pipeThrough(new TextDecoderStream())) parser.feed(text)
  }
  const follow = async () => {
    while (!stop.signal.aborted) {
      await once().catch(ready.reject)
      parser.reset()
      await sleep(pauseMs, undefined, { signal: stop.signal }).catch(() => undefined)
    }
  }
  void follow()
  await ready.promise
  const of = <T extends EventType>(type: T) => events.filter((event) => event.type === type).map((event) => event.data as Data<T>)
  return {
    events,
    typing,
    presence,
    cursor: () => cursor ?? '',
    of,
    until: (type, what, isIt, timeout = 30_000) =>
      waitFor(() => wrapped(of(type).find(isIt)), { what: `${what} on the event stream`, timeout }).then(([data]) => data),
    close: () => stop.abort(),
  }
}

/** What is found, in a form that is not taken for nothing. */
function wrapped<T>(found: T | undefined): [T] | undefined {
  return found === undefined ? undefined : [found]
}
