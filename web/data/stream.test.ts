import { expect, test } from 'vitest'
import type { Event } from '../../contract/event.ts'
import { followInTabs, type Room, type TabsDeps } from './leader.ts'
import { followEvents, type Source, type StreamDeps, type StreamHandlers } from './stream.ts'
import { sampleEvent } from './testing/samples.ts'

interface FakeSource extends Source {
  readonly listeners: Map<string, (event: { data: string; lastEventId: string }) => void>
  isAccepted: boolean
}

/** A feed numbered from 1 that serves sources as the server does: after the cursor of their address, or from now on. */
function createFeed() {
  const events: Event[] = []
  const urls: string[] = []
  const sources = new Set<FakeSource>()
  let probeAnswer: 'ok' | 'expired' | 'signed_out' | 'unreachable' = 'ok'
  const timers: (() => void)[] = []

  const deps: StreamDeps = {
    openSource: (url) => {
      urls.push(url)
      const listeners: FakeSource['listeners'] = new Map()
      const source: FakeSource = {
        listeners,
        isAccepted: false,
        onopen: null,
        onerror: null,
        addEventListener: (type, listener) => void listeners.set(type, listener),
        close: () => void sources.delete(source),
      }
      sources.add(source)
      return source
    },
    probe: async () => probeAnswer,
    later: (_, run) => {
      timers.push(run)
      return () => timers.splice(timers.indexOf(run) >>> 0, 1)
    },
  }
  const push = (source: FakeSource, event: Event) =>
    source.isAccepted && source.listeners.get(event.type)?.({ data: JSON.stringify(event), lastEventId: event.id })

  return {
    deps,
    urls,
    open: () => sources.size,
    /** Lets the newest connection open and sends what it has missed. */
    accept: () => {
      const source = [...sources].at(-1)
      const after = new URL(urls.at(-1) ?? '', 'http://x').searchParams.get('after')
      if (!source) return
      source.isAccepted = true
      source.onopen?.()
      source.listeners.get('ready')?.({ data: '{}', lastEventId: after ?? String(events.length) })
      if (after) events.slice(Number(after)).forEach((event) => push(source, event))
    },
    happen: () => {
      const event = sampleEvent('channel.updated', { id: 'chn_1' }, String(events.length + 1))
      events.push(event)
      sources.forEach((source) => push(source, event))
    },
    fail: async (answer: typeof probeAnswer = 'ok') => {
      probeAnswer = answer
      ;[...sources].forEach((source) => source.onerror?.())
      await Promise.resolve()
      await Promise.resolve()
    },
    pass: () => timers.splice(0).forEach((run) => run()),
  }
}

function createLog() {
  const seen: string[] = []
  const handlers: StreamHandlers = {
    onBegin: () => seen.push('begin'),
    onEvent: (event) => seen.push(event.id),
    onTyping: () => seen.push('typing'),
    onPresence: () => seen.push('presence'),
    onLive: () => undefined,
    onSignedOut: () => seen.push('signed out'),
  }
  return { seen, handlers }
}

test('resumes from the last cursor: every event once and in order over many drops', async () => {
  const feed = createFeed()
  const { seen, handlers } = createLog()
  const stream = followEvents(feed.deps, handlers)
  feed.accept()
  for (let drop = 0; drop < 5; drop += 1) {
    feed.happen()
    feed.happen()
    await feed.fail()
    feed.happen()
    feed.pass()
    feed.accept()
  }
  expect(seen).toEqual(['begin', ...Array.from({ length: 15 }, (_, index) => String(index + 1))])
  expect(feed.urls[1]).toBe('/api/v1/events?after=2')
  stream.close()
  expect(feed.open()).toBe(0)
})

test('a drop before the first event resumes from where the stream began', async () => {
  const feed = createFeed()
  const { seen, handlers } = createLog()
  followEvents(feed.deps, handlers)
  feed.accept()
  await feed.fail()
  feed.happen()
  feed.pass()
  feed.accept()
  expect(feed.urls).toEqual(['/api/v1/events', '/api/v1/events?after=0'])
  expect(seen).toEqual(['begin', '1'])
})

test('a cursor that is too old: begins anew without it', async () => {
  const feed = createFeed()
  const { seen, handlers } = createLog()
  followEvents(feed.deps, handlers)
  feed.accept()
  feed.happen()
  await feed.fail()
  feed.pass()
  await feed.fail('expired')
  feed.pass()
  expect(feed.urls.at(-1)).toBe('/api/v1/events')
  feed.accept()
  feed.happen()
  expect(seen).toEqual(['begin', '1', 'begin', '2'])
})

test('an ended session stops the stream; an unreachable server does not', async () => {
  const feed = createFeed()
  const { seen, handlers } = createLog()
  followEvents(feed.deps, handlers)
  await feed.fail('unreachable')
  feed.pass()
  expect(feed.open()).toBe(1)
  await feed.fail('signed_out')
  feed.pass()
  expect(feed.open()).toBe(0)
  expect(seen).toEqual(['signed out'])
})

test('what a closed connection still brings is not taken', async () => {
  const feed = createFeed()
  const { seen, handlers } = createLog()
  let late: (() => void) | undefined
  const deps: StreamDeps = {
    ...feed.deps,
    openSource: (url) => {
      const source = feed.deps.openSource(url)
      const add = source.addEventListener
      return Object.assign(source, {
        addEventListener: ((type, listener) => {
          if (type === 'channel.updated') late ??= () => listener({ data: JSON.stringify(sampleEvent(type, {}, '99')), lastEventId: '99' })
          add(type, listener)
        }) as Source['addEventListener'],
      })
    },
  }
  followEvents(deps, handlers)
  feed.accept()
  await feed.fail()
  late?.()
  expect(seen).toEqual(['begin'])
})

/** Tabs of one browser: rooms that hear each other, and a lock that one holds. */
function createBrowser(stream: StreamDeps) {
  const rooms: Room[] = []
  const queue: { hold: () => Promise<void>; signal: AbortSignal }[] = []
  let held: AbortSignal | undefined
  const next = () => {
    while (queue[0]?.signal.aborted) queue.shift()
    const first = queue.shift()
    held = first?.signal
    void first?.hold()
    held?.addEventListener('abort', next)
  }
  const deps: TabsDeps = {
    ...stream,
    openRoom: () => {
      const room: Room = {
        onmessage: null,
        postMessage: (data) =>
          rooms.filter((other) => other !== room).forEach((other) => other.onmessage?.({ data: structuredClone(data) })),
        close: () => void rooms.splice(rooms.indexOf(room), 1),
      }
      rooms.push(room)
      return room
    },
    lead: (_, signal, hold) => {
      queue.push({ hold, signal })
      if (!held) next()
    },
  }
  return deps
}

test('ten tabs hold one connection, and the next leader goes on without a hole', () => {
  const feed = createFeed()
  const browser = createBrowser(feed.deps)
  const logs = Array.from({ length: 10 }, createLog)
  const tabs = logs.slice(0, 5).map(({ handlers }) => followInTabs(browser, 'room', handlers))
  feed.accept()
  feed.happen()
  tabs.push(...logs.slice(5).map(({ handlers }) => followInTabs(browser, 'room', handlers)))
  feed.happen()
  expect(feed.open()).toBe(1)
  tabs[0]?.close()
  feed.happen()
  expect(feed.open()).toBe(1)
  feed.accept()
  feed.happen()
  expect(logs[0]?.seen).toEqual(['begin', '1', '2'])
  for (const { seen } of logs.slice(1, 5)) expect(seen).toEqual(['begin', '1', '2', '3', '4'])
  for (const { seen } of logs.slice(5)) expect(seen).toEqual(['begin', '2', '3', '4'])
})

test('whoever leads begins at the cursor that it was given, before the connection stands, and misses nothing from there', () => {
  const feed = createFeed()
  const browser = createBrowser(feed.deps)
  const [leader, follower] = [createLog(), createLog()]
  followInTabs(browser, 'room', leader.handlers, '0')
  expect(leader.seen).toEqual(['begin'])
  feed.happen()
  feed.accept()
  followInTabs(browser, 'room', follower.handlers, '0')
  feed.happen()
  expect(leader.seen).toEqual(['begin', '1', '2'])
  expect(follower.seen).toEqual(['begin', '2'])
})

test('a tab whose turn comes after it was closed does not stream', () => {
  const feed = createFeed()
  let takeTurn: (() => Promise<void>) | undefined
  const browser: TabsDeps = { ...createBrowser(feed.deps), lead: (_, __, hold) => (takeTurn = hold) }
  followInTabs(browser, 'room', createLog().handlers).close()
  void takeTurn?.()
  expect(feed.open()).toBe(0)
})

test('a tab that has missed a word of its leader reads everything anew', () => {
  const feed = createFeed()
  const browser = createBrowser(feed.deps)
  let isDeaf = false
  const deaf: TabsDeps = {
    ...browser,
    openRoom: (name) => {
      const room = browser.openRoom(name)
      let listener: Room['onmessage'] = null
      room.onmessage = (event) => isDeaf || listener?.(event)
      return {
        postMessage: room.postMessage,
        close: room.close,
        get onmessage() {
          return listener
        },
        set onmessage(next) {
          listener = next
        },
      }
    },
  }
  const leader = createLog()
  const follower = createLog()
  followInTabs(browser, 'room', leader.handlers)
  feed.accept()
  followInTabs(deaf, 'room', follower.handlers)
  feed.happen()
  isDeaf = true
  feed.happen()
  isDeaf = false
  feed.happen()
  feed.happen()
  expect(follower.seen).toEqual(['begin', '1', 'begin', '3', '4'])
})
