import type { Event, Typing } from '../../contract/event.ts'
import { followEvents, type Stream, type StreamDeps, type StreamHandlers } from './stream.ts'

/** What the tab that holds the stream tells the others. `after` lets each see that it has missed nothing. */
type Word =
  | { readonly kind: 'hello' }
  | { readonly kind: 'at'; readonly cursor: string | undefined; readonly isLive: boolean }
  | { readonly kind: 'begin' }
  | { readonly kind: 'event'; readonly event: Event; readonly after: string | undefined }
  | { readonly kind: 'typing'; readonly typing: Typing }
  | { readonly kind: 'signed_out' }

/** The part of `BroadcastChannel` that is used. */
export interface Room {
  onmessage: ((event: { readonly data: unknown }) => void) | null
  readonly postMessage: (word: unknown) => void
  readonly close: () => void
}

export interface TabsDeps extends StreamDeps {
  readonly openRoom: (name: string) => Room
  /** Runs `hold` once this tab is the only holder of the name, and holds it until the promise ends or the signal fires. */
  readonly lead: (name: string, signal: AbortSignal, hold: () => Promise<void>) => void
}

/**
 * Follows the feed with one connection for all tabs of a browser, since HTTP/1.1 allows six in all. The tab that holds the
 * lock streams and tells the others; when it goes, the next one goes on from the cursor that it has reached itself.
 */
export function followInTabs(deps: TabsDeps, name: string, handlers: StreamHandlers): Pick<Stream, 'wake' | 'close'> {
  const room = deps.openRoom(name)
  const ending = new AbortController()
  const ended = new Promise<void>((resolve) => ending.signal.addEventListener('abort', () => resolve()))
  let stream: Stream | undefined
  let cursor: string | undefined
  let hasBegun = false
  let isLive = false

  const say = (word: Word) => room.postMessage(word)

  function begin(from: string | undefined): void {
    cursor = from
    hasBegun = true
    handlers.onBegin()
  }

  function setLive(next: boolean): void {
    isLive = next
    handlers.onLive(next)
  }

  function apply(event: Event, after: string | undefined): void {
    if (!hasBegun) return
    // Another tab led from a place that is not ours: something between is missing here, or was told twice.
    if (after !== cursor) begin(event.id)
    cursor = event.id
    handlers.onEvent(event, after)
  }

  function startLeading(): void {
    stream = followEvents(
      deps,
      {
        onBegin: () => {
          begin(undefined)
          say({ kind: 'begin' })
        },
        onEvent: (event, after) => {
          apply(event, after)
          say({ kind: 'event', event, after })
        },
        onTyping: (typing) => {
          handlers.onTyping(typing)
          say({ kind: 'typing', typing })
        },
        onLive: (next) => {
          setLive(next)
          say({ kind: 'at', cursor, isLive: next })
        },
        onSignedOut: () => {
          say({ kind: 'signed_out' })
          handlers.onSignedOut()
        },
      },
      cursor,
    )
  }

  function hear(word: Word): void {
    if (word.kind === 'hello') {
      if (stream && hasBegun) say({ kind: 'at', cursor, isLive })
      return
    }
    if (stream) return
    switch (word.kind) {
      case 'at':
        if (!hasBegun) begin(word.cursor)
        return setLive(word.isLive)
      case 'begin':
        return begin(undefined)
      case 'event':
        return apply(word.event, word.after)
      case 'typing':
        return handlers.onTyping(word.typing)
      case 'signed_out':
        return handlers.onSignedOut()
    }
  }

  room.onmessage = ({ data }) => hear(data as Word)
  say({ kind: 'hello' })
  deps.lead(name, ending.signal, () => {
    startLeading()
    return ended
  })

  return {
    wake: () => stream?.wake(),
    close: () => {
      stream?.close()
      ending.abort()
      room.close()
    },
  }
}
