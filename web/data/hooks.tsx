import { createContext, useCallback, useContext, useEffect, useRef, useState, useSyncExternalStore } from 'react'
import type { Conversation } from '../../contract/conversation.ts'
import type { ConversationId, MessageId } from '../../contract/ids.ts'
import type { ConversationList } from './conversation-list.ts'
import { filterKey, type ListFilter } from './list-filter.ts'
import { retryWhile } from './retrying.ts'
import type { Store } from './store.ts'
import type { Thread } from './thread.ts'
import type { Topic } from './topic.ts'
import type { Workspace } from './workspace.ts'

export const WorkspaceContext = createContext<Workspace | undefined>(undefined)

/** The data of who is signed in. Throws outside the signed-in part of the page. */
export function useWorkspace(): Workspace {
  const workspace = useContext(WorkspaceContext)
  if (!workspace) throw new Error('There is no workspace before sign-in')
  return workspace
}

/** Reads from the store and reads again when the topic is touched. What is read must be replaced, never changed in place. */
export function useStored<Value>(topic: Topic, read: (store: Store) => Value): Value {
  const { store } = useWorkspace()
  const subscribe = useCallback((listener: () => void) => store.subscribe(topic, listener), [store, topic])
  return useSyncExternalStore(subscribe, () => read(store))
}

/** A conversation, read from the server where the list has not brought it. `null` when there is none for this person. */
export function useConversation(id: ConversationId): Conversation | null | undefined {
  const { reads } = useWorkspace()
  const [missing, setMissing] = useState<ConversationId>()
  const conversation = useStored(`conversation:${id}`, (store) => store.conversation(id))
  const isKnown = conversation !== undefined
  useEffect(() => {
    if (!isKnown) reads.conversation(id).catch(() => setMissing(id))
  }, [reads, id, isKnown])
  return conversation ?? (missing === id ? null : undefined)
}

/**
 * The loaded part of a conversation. When it is not there or out of date, its newest page is read, or the surroundings of the message that is
 * looked for; `error` is why it is not there.
 */
export function useThread(
  id: ConversationId,
  sought: MessageId | undefined,
): { readonly thread: Thread; readonly error: unknown; readonly reload: () => void } {
  const { reads } = useWorkspace()
  const [error, setError] = useState<unknown>()
  const [attempt, setAttempt] = useState(0)
  const thread = useStored(`thread:${id}`, (store) => store.thread(id))
  const isReady = thread.state === 'ready'
  useEffect(() => {
    if (isReady) return
    setError(undefined)
    const newest = () => reads.thread(id)
    const read = sought && thread.state === 'empty' ? reads.around(id, sought).catch(newest) : newest()
    read.catch(setError)
    // What is looked for later is read by who looks for it.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [reads, id, isReady, attempt])
  return { thread, error, reload: () => setAttempt((count) => count + 1) }
}

/** A list of conversations; its first page is read when it is not there or out of date. `error` is why the last try failed. */
export function useConversationList(filter: ListFilter): {
  readonly list: ConversationList
  readonly error: unknown
  readonly retry: () => void
} {
  const { reads, store, user } = useWorkspace()
  const key = filterKey(filter)
  const [failure, setFailure] = useState<{ readonly key: string; readonly error: unknown }>()
  const [attempt, setAttempt] = useState(0)
  const kept = useRef(filter)
  kept.current = filter
  const list = useStored(`list:${key}`, () => store.list(filter, user.id))
  const { state } = list
  useEffect(() => {
    if (state !== 'missing' && state !== 'stale') return
    const leaving = new AbortController()
    const read = async () => {
      await reads.conversations(kept.current)
      setFailure(undefined)
    }
    void retryWhile(read, leaving.signal, (error) => setFailure({ key, error }))
    return () => leaving.abort()
  }, [reads, key, state, attempt])
  return {
    list,
    error: failure?.key === key ? failure.error : undefined,
    retry: () => setAttempt((count) => count + 1),
  }
}

export interface Loaded<Value> {
  readonly value: Value | undefined
  readonly error: unknown
  readonly reload: () => void
}

/** Reads something from the server that is not in the store. `load` must stay the same function between renders. */
export function useLoaded<Value>(load: (signal: AbortSignal) => Promise<Value>): Loaded<Value> {
  const [state, setState] = useState<{ readonly value?: Value; readonly error?: unknown }>({})
  const [attempt, setAttempt] = useState(0)
  useEffect(() => {
    const leaving = new AbortController()
    load(leaving.signal).then(
      (value) => leaving.signal.aborted || setState({ value }),
      (error: unknown) => leaving.signal.aborted || setState((before) => ({ ...before, error })),
    )
    return () => leaving.abort()
  }, [load, attempt])
  return { value: state.value, error: state.error, reload: useCallback(() => setAttempt((count) => count + 1), []) }
}

/** The present time in milliseconds, renewed every so often while `isOn`. */
export function useNow(everyMs: number, isOn = true): number {
  const [now, setNow] = useState(Date.now)
  useEffect(() => {
    if (!isOn) return
    setNow(Date.now())
    const timer = setInterval(() => setNow(Date.now()), everyMs)
    return () => clearInterval(timer)
  }, [everyMs, isOn])
  return now
}
