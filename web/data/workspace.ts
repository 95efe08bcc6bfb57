import type { Event } from '../../contract/event.ts'
import type { User } from '../../contract/user.ts'
import { ApiError } from './api-error.ts'
import type { Client } from './client.ts'
import { followInTabs, type Room, type TabsDeps } from './leader.ts'
import { createSends, type Sends } from './outgoing.ts'
import { browserSchedule } from './publisher.ts'
import { createReads, type Reads } from './reads.ts'
import { pause, retryWhile } from './retrying.ts'
import { createDrafts, type Drafts } from './drafts.ts'
import { createSeldom } from './seldom.ts'
import { createShelf } from './shelf.ts'
import { readDrafts } from './team-reads.ts'
import { createStore, type Store } from './store.ts'
import type { Source, StreamHandlers } from './stream.ts'

/** The views are counted anew at most so often, in milliseconds. */
const COUNT_EVERY_MS = 2_000

/** For so long the page waits for the feed to begin before it reads, in milliseconds. */
const BEGIN_WITHIN_MS = 200

/** Everything that a signed-in person's page works with. Closed when they sign out. */
export interface Workspace {
  readonly user: User
  readonly client: Client
  readonly store: Store
  readonly reads: Reads
  readonly sends: Sends
  readonly drafts: Drafts
  /** The feed has begun, or takes long to: what is read before would be read again. */
  readonly begun: Promise<void>
  /** Whether this is the tab of the browser that holds the connection, and so speaks for all. */
  readonly leads: () => boolean
  /** Does not wait for the next attempt to get the connection back. */
  readonly wake: () => void
  /** Hears every event after the store has. */
  readonly onEvent: (listener: (event: Event) => void) => () => void
  readonly close: () => void
}

/** Asks for what will be shown, before the screens ask. */
export type ReadAhead = (reads: Reads, store: Store) => void

interface Options {
  readonly user: User
  /** A cursor of the feed, not older than anything that was read. */
  readonly cursor: string | undefined
  readonly client: Client
  readonly newId: () => string
  /** Called once the feed has begun. */
  readonly readAhead: ReadAhead
  readonly onSignedOut: () => void
}

/** Joins the parts of the data layer with the browser's own means, reads the present state and follows the feed. */
export function openWorkspace({ user, cursor, client, newId, readAhead, onSignedOut }: Options): Workspace {
  const closing = new AbortController()
  const { signal } = closing
  const store = createStore(browserSchedule)
  const reads = createReads(client, store)
  const drafts = createDrafts({
    storage: localStorage,
    prefix: `mistok.draft.${user.id}.`,
    later,
    save: (conversation_id, body) => client.call('saveDraft', { params: { conversation_id }, body }),
  })
  const shelf = createShelf(localStorage, `mistok.send.${user.id}.`)
  const sends = createSends({ client, store, shelf, now: Date.now, newId, pause })

  const begun = Promise.withResolvers<void>()
  later(BEGIN_WITHIN_MS, begun.resolve)
  const listeners = new Set<(event: Event) => void>()
  const count = createSeldom(browserSchedule, COUNT_EVERY_MS, reads.counts)

  const handlers: StreamHandlers = {
    onBegin: () => {
      store.forget()
      begun.resolve()
      readAhead(reads, store)
      count()
      void retryWhile(() => Promise.all([reads.channels(), reads.users(), reads.labels(), readDrafts(client.call, drafts)]), signal)
    },
    onEvent: (event) => {
      if (event.type === 'draft.updated') drafts.keep(event.data)
      else store.applyEvent(event)
      if (event.type.startsWith('conversation.')) count()
      for (const listener of listeners) listener(event)
    },
    onTyping: store.applyTyping,
    onPresence: (presence) => presence.user.id === user.id || store.applyPresence(presence),
    onLive: (isLive) => {
      store.setConnection(isLive ? 'live' : 'lost')
      if (isLive) sends.wake()
    },
    onSignedOut,
  }
  const stream = followInTabs(browserTabs(client), `mistok.events.${user.id}`, handlers, cursor)

  const wake = () => {
    stream.wake()
    sends.wake()
  }
  addEventListener('online', wake, { signal })
  addEventListener('beforeunload', (event) => sends.hasUnsavedFile() && event.preventDefault(), { signal })
  sends.resume()

  return {
    user,
    client,
    store,
    reads,
    sends,
    drafts,
    begun: begun.promise,
    leads: stream.leads,
    wake,
    onEvent: (listener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    close: () => {
      closing.abort()
      stream.close()
      sends.close()
    },
  }
}

/** Locks exist only behind https and on this machine; elsewhere every tab streams for itself. */
function browserTabs({ call }: Client): TabsDeps {
  const hasLocks = 'locks' in navigator && 'BroadcastChannel' in globalThis
  const alone: Room = { onmessage: null, postMessage: () => undefined, close: () => undefined }
  return {
    openSource: (url) => new EventSource(url) as Source,
    later,
    probe: async (after) => {
      try {
        await call('listEvents', { query: { limit: 1, ...(after ? { after } : {}) } })
        return 'ok'
      } catch (error) {
        if (!(error instanceof ApiError)) return 'unreachable'
        if (error.code === 'cursor_expired') return 'expired'
        return error.code === 'unauthenticated' ? 'signed_out' : 'unreachable'
      }
    },
    openRoom: (name) => (hasLocks ? (new BroadcastChannel(name) as Room) : alone),
    lead: (name, signal, hold) => {
      if (!hasLocks) return void hold()
      // Refused only when this tab gives up waiting.
      navigator.locks.request(name, { signal }, hold).catch(() => undefined)
    },
  }
}

function later(ms: number, run: () => void): () => void {
  const timer = setTimeout(run, ms)
  return () => clearTimeout(timer)
}
