import type { Event, Presence, Typing } from '../../contract/event.ts'
import { followEvents, type Stream, type StreamDeps, type StreamHandlers } from './stream.ts'

/** What the tab that holds the stream tells the others. `after` lets each see that it has missed nothing. */
type Word =
  | { readonly kind: 'hello' }
  | { readonly kind: 'at'; readonly cursor: string | undefined; readonly isLive: boolean }
  | { readonly kind: 'begin'; readonly cursor: string }
  | { readonly kind: 'event'; readonly event: Event; readonly after: string | undefined }
  | { readonly kind: 'typing'; readonly typing: Typing }
  | { readonly kind: 'presence'; readonly presence: Presence }
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

/** A tab's part in following the feed. `leads` says whether it is the one that holds the connection. */
export interface TabStream extends Pick<Stream, 'wake' | 'close'> {
  readonly leads: () => boolean
}

/**
 * Follows the feed with one connection for all tabs of a browser, since HTTP/1.1 allows six in all. The tab that holds the
 * lock streams and tells the others; when it goes, the next one goes on from the cursor that it has reached itself. `from` is a cursor of
 * this moment: whoever leads begins there at once, and need not wait for the connection.
 */
export function followInTabs(deps: TabsDeps, name: string, handlers: StreamHandlers, from?: string): TabStream {
  const room = deps.openRoom(name)
  const ending = new AbortController()
  const ended = new Promise<void>((resolve) => ending.signal.addEventListener('abort', () => resolve()))
  let stream: Stream | undefined
  let cursor: string | undefined
  let isLive = false

  function begin(from: string): void {
    cursor = from
    handlers.onBegin(from)
  }

  function apply(event: Event, after: string | undefined): void {
    if (cursor === undefined) return
    // Another tab led from a place that is not ours: something between is missing here, or was told twice.
    if (after !== cursor) begin(event.id)
    cursor = event.id
    handlers.onEvent(event, after)
  }

  function take(word: Word): void {
    switch (word.kind) {
      case 'hello':
        return stream && cursor !== undefined ? room.postMessage({ kind: 'at', cursor, isLive } satisfies Word) : undefined
      case 'at':
        isLive = word.isLive
        if (isLive && word.cursor !== undefined && cursor === undefined) begin(word.cursor)
        return handlers.onLive(isLive)
      case 'begin':
        return begin(word.cursor)
      case 'event':
        return apply(word.event, word.after)
      case 'typing':
        return handlers.onTyping(word.typing)
      case 'presence':
        return handlers.onPresence(word.presence)
      case 'signed_out':
        return handlers.onSignedOut()
    }
  }

  function tell(word: Word): void {
    room.postMessage(word)
    take(word)
  }

  function lead(): void {
    if (cursor === undefined && from !== undefined) tell({ kind: 'begin', cursor: from })
    stream = followEvents(
      deps,
      tellers(tell, () => cursor),
      cursor,
    )
  }

  room.onmessage = ({ data }) => {
    const word = data as Word
    // The last words of the leader before us are no news: we go on from what we have.
    if (!stream || word.kind === 'hello') take(word)
  }
  room.postMessage({ kind: 'hello' } satisfies Word)
  deps.lead(name, ending.signal, () => {
    // The turn may come to a tab that has just given up waiting for it.
    if (!ending.signal.aborted) lead()
    return ended
  })

  return {
    leads: () => stream !== undefined,
    wake: () => stream?.wake(),
    close: () => {
      stream?.close()
      ending.abort()
      room.close()
    },
  }
}

/** What the leading tab hears of the feed, as words to all tabs. */
function tellers(tell: (word: Word) => void, cursor: () => string | undefined): StreamHandlers {
  return {
    onBegin: (from) => tell({ kind: 'begin', cursor: from }),
    onEvent: (event, after) => tell({ kind: 'event', event, after }),
    onTyping: (typing) => tell({ kind: 'typing', typing }),
    onPresence: (presence) => tell({ kind: 'presence', presence }),
    onLive: (next) => tell({ kind: 'at', cursor: cursor(), isLive: next }),
    onSignedOut: () => tell({ kind: 'signed_out' }),
  }
}
