import type { Event, EventType, Presence, Typing } from '../../contract/event.ts'
import { pathTo } from '../../contract/routes.ts'
import { withQuery } from './client.ts'

/** The part of the browser's `EventSource` that is used. */
export interface Source {
  onopen: (() => void) | null
  onerror: (() => void) | null
  readonly addEventListener: (type: string, listener: (event: { readonly data: string; readonly lastEventId: string }) => void) => void
  readonly close: () => void
}

export interface StreamDeps {
  readonly openSource: (url: string) => Source
  /** Asks why the stream was refused: the browser does not tell the status of a refused stream. */
  readonly probe: (after: string | undefined) => Promise<'ok' | 'expired' | 'signed_out' | 'unreachable'>
  /** Runs later, unless the answer is called first. */
  readonly later: (ms: number, run: () => void) => () => void
}

export interface StreamHandlers {
  /** The feed flows from this cursor on with nothing before it: read the present state now. Again after a hole in the feed. */
  readonly onBegin: (cursor: string) => void
  /** In order, none left out since `onBegin`. `after` is the cursor of the event before it. */
  readonly onEvent: (event: Event, after: string | undefined) => void
  readonly onTyping: (typing: Typing) => void
  readonly onPresence: (presence: Presence) => void
  readonly onLive: (isLive: boolean) => void
  readonly onSignedOut: () => void
}

export interface Stream {
  readonly cursor: () => string | undefined
  /** The network is back: do not wait for the next attempt. */
  readonly wake: () => void
  readonly close: () => void
}

/** A new type of event is a compile error here, so none is overlooked. */
const listened: Record<EventType, true> = {
  'message.created': true,
  'message.updated': true,
  'conversation.created': true,
  'conversation.updated': true,
  'contact.created': true,
  'contact.updated': true,
  'contact.merged': true,
  'channel.updated': true,
  'login.updated': true,
  'transfer.updated': true,
  'notice.created': true,
  'note.created': true,
  'note.updated': true,
  'draft.updated': true,
}

const FIRST_PAUSE_MS = 500
const LONGEST_PAUSE_MS = 15_000

/**
 * Follows the feed of events for as long as it is not closed. It reopens the connection itself, always from the cursor of
 * the last event, so that no event is missed or met twice; the browser's own reconnecting would keep the first address.
 */
export function followEvents(deps: StreamDeps, handlers: StreamHandlers, from?: string): Stream {
  let cursor = from
  let source: Source | undefined
  let cancelPause: (() => void) | undefined
  let pause = FIRST_PAUSE_MS
  let isClosed = false

  function open(): void {
    cancelPause?.()
    cancelPause = undefined
    const opened = deps.openSource(withQuery(pathTo('listEvents'), { after: cursor }))
    let wasOpen = false
    source = opened
    opened.onopen = () => {
      wasOpen = true
    }
    opened.onerror = () => {
      if (source !== opened) return
      drop()
      handlers.onLive(false)
      if (wasOpen) reopenLater()
      else void learnWhy()
    }
    listenTo(opened, (type, { data, lastEventId }) => {
      if (source !== opened) return
      if (type === 'ready') return ready(lastEventId)
      if (type === 'typing') return handlers.onTyping(JSON.parse(data) as Typing)
      if (type === 'presence') return handlers.onPresence(JSON.parse(data) as Presence)
      const before = cursor
      cursor = lastEventId
      handlers.onEvent(JSON.parse(data) as Event, before)
    })
  }

  /** The first word of each connection carries the cursor that it goes on from. */
  function ready(from: string): void {
    pause = FIRST_PAUSE_MS
    if (cursor === undefined) {
      cursor = from
      handlers.onBegin(from)
    }
    handlers.onLive(true)
  }

  function drop(): void {
    source?.close()
    source = undefined
  }

  function reopenLater(): void {
    if (isClosed) return
    cancelPause = deps.later(pause, open)
    pause = Math.min(pause * 2, LONGEST_PAUSE_MS)
  }

  async function learnWhy(): Promise<void> {
    const reason = await deps.probe(cursor)
    if (isClosed || source) return
    if (reason === 'signed_out') return handlers.onSignedOut()
    if (reason === 'expired') cursor = undefined
    reopenLater()
  }

  open()
  return {
    cursor: () => cursor,
    wake: () => {
      if (!isClosed && !source) open()
    },
    close: () => {
      isClosed = true
      cancelPause?.()
      drop()
    },
  }
}

function listenTo(source: Source, hear: (type: string, event: { readonly data: string; readonly lastEventId: string }) => void): void {
  for (const type of [...Object.keys(listened), 'ready', 'typing', 'presence']) source.addEventListener(type, (event) => hear(type, event))
}
