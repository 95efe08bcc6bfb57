import { useEffect, useState } from 'react'
import type { ConversationId } from '../../../../contract/ids.ts'
import type { SearchHit } from '../../../data/list-reads.ts'
import { findPeople } from '../../../data/find-people.ts'
import { useWorkspace } from '../../../data/hooks.tsx'

/** After the last key the server is asked, in milliseconds. */
const TYPING_MS = 250
/** The server looks for nothing shorter. */
const SHORTEST = 2
const MOST_PEOPLE = 12

interface Remote {
  readonly query: string
  readonly people: readonly ConversationId[]
  readonly hits: readonly SearchHit[]
  /** Where to go on; absent at the end. */
  readonly cursor: string | undefined
  readonly error: unknown
}

interface Search {
  readonly people: readonly ConversationId[]
  /** What the server found; of the words before until the new ones are answered. */
  readonly hits: readonly SearchHit[]
  readonly isSearching: boolean
  readonly error: unknown
  /** Reads the next hits; absent at the end. */
  readonly more: (() => void) | undefined
}

const nothing: Remote = { query: '', people: [], hits: [], cursor: undefined, error: undefined }

/** People of the store at once, and shortly after the last key everybody and every message that the server finds. */
export function useSearch(query: string): Search {
  const { reads, store } = useWorkspace()
  const [remote, setRemote] = useState(nothing)
  const [isMore, setMore] = useState(false)
  useEffect(() => {
    if (query.length < SHORTEST) return
    const leaving = new AbortController()
    const { signal } = leaving
    const timer = setTimeout(() => {
      Promise.all([reads.findConversations(query, signal), reads.findMessages(query, undefined, signal)]).then(
        ([people, { hits, cursor }]) => signal.aborted || setRemote({ query, people, hits, cursor, error: undefined }),
        (error: unknown) => signal.aborted || setRemote({ ...nothing, query, error }),
      )
    }, TYPING_MS)
    return () => {
      clearTimeout(timer)
      leaving.abort()
    }
  }, [reads, query])
  const isAnswered = remote.query === query || query.length < SHORTEST
  const local = findPeople(store.conversations(), query, MOST_PEOPLE)
  const { cursor } = remote
  const loadMore = async (from: string) => {
    setMore(true)
    try {
      const { hits, cursor: next } = await reads.findMessages(query, from)
      setRemote((before) => (before.query === query ? { ...before, hits: [...before.hits, ...hits], cursor: next } : before))
    } catch (error) {
      setRemote((before) => ({ ...before, error }))
    } finally {
      setMore(false)
    }
  }
  return {
    people: isAnswered ? [...new Set([...local, ...remote.people])].slice(0, MOST_PEOPLE) : local,
    hits: query.length < SHORTEST ? [] : remote.hits,
    isSearching: !isAnswered || isMore,
    error: isAnswered ? remote.error : undefined,
    more: isAnswered && cursor !== undefined ? () => void loadMore(cursor) : undefined,
  }
}
