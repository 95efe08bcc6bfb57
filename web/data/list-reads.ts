import type { Call } from '../../contract/api.ts'
import type { ConversationId } from '../../contract/ids.ts'
import type { Client } from './client.ts'
import { filterKey, filterQuery, type ListFilter } from './list-filter.ts'
import type { Reading } from './reading.ts'
import type { Store } from './store.ts'

/** A message that a search found, with the name of its conversation. */
export type SearchHit = Call<'search'>['answer']['items'][number]

/** Reading the lists of conversations, page by page, and searching. */
export interface ListReads {
  /** The first page of a list, which begins it anew. */
  readonly conversations: (filter: ListFilter) => Promise<void>
  readonly moreConversations: (filter: ListFilter) => Promise<void>
  readonly hasMoreConversations: (filter: ListFilter) => boolean
  /** How many stand in each view. */
  readonly counts: () => Promise<void>
  /** Ids of the conversations whose name or number a search finds. */
  readonly findConversations: (q: string, signal: AbortSignal) => Promise<readonly ConversationId[]>
  /** Messages that a search finds, the latest first; `cursor` leads on, and is absent at the end. */
  readonly findMessages: (
    q: string,
    cursor?: string,
    signal?: AbortSignal,
    /** Only in this conversation. */
    within?: ConversationId,
  ) => Promise<{ readonly hits: readonly SearchHit[]; readonly cursor: string | undefined }>
}

const PAGE = 60
const HITS = 30
/** A page of hits may be empty while there are more; so many are asked for at once. */
const PAGES_AT_ONCE = 5

export function createListReads(call: Client['call'], store: Store, { reading, once }: Reading): ListReads {
  const cursors = new Map<string, string>()
  /** Counts the beginnings of a list, so that a page of an earlier one is not put behind a later one. */
  const editions = new Map<string, number>()

  function page(filter: ListFilter, cursor?: string): Promise<void> {
    const key = filterKey(filter)
    const askedIn = editions.get(key)
    return reading(
      () => call('listConversations', { query: { ...filterQuery(filter), limit: PAGE, ...(cursor ? { cursor } : {}) } }),
      ({ items, has_more, next_cursor }, read) => {
        if (askedIn !== editions.get(key)) return
        store.keepConversations(items, read)
        if (has_more && next_cursor) cursors.set(key, next_cursor)
        else cursors.delete(key)
        store.keepListEnd(filter, cursors.has(key) ? items.at(-1) : undefined)
      },
      // A first page that was overtaken is read again: nobody else would.
      cursor === undefined,
    )
  }

  return {
    conversations: (filter) => {
      const key = filterKey(filter)
      return once(`first ${key}`, () => {
        editions.set(key, (editions.get(key) ?? 0) + 1)
        return page(filter)
      })
    },
    moreConversations: (filter) => {
      const cursor = cursors.get(filterKey(filter))
      return cursor ? once(`list ${filterKey(filter)}`, () => page(filter, cursor)) : Promise.resolve()
    },
    counts: async () => store.keepCounts(await call('getConversationCounts')),
    hasMoreConversations: (filter) => cursors.has(filterKey(filter)),
    findConversations: async (q, signal) => {
      let found: readonly ConversationId[] = []
      await reading(
        () => call('listConversations', { query: { q, limit: PAGE }, signal }),
        ({ items }, read) => {
          store.keepConversations(items, read)
          found = items.map(({ id }) => id)
        },
      )
      return found
    },
    findMessages: async (q, cursor, signal, within) => {
      const hits: SearchHit[] = []
      let next = cursor
      for (let page = 0; page < PAGES_AT_ONCE && hits.length < HITS; page += 1) {
        const query = { q, limit: HITS, ...(next ? { cursor: next } : {}), ...(within ? { conversation_id: within } : {}) }
        const { items, has_more, next_cursor } = await call('search', { query, ...(signal ? { signal } : {}) })
        hits.push(...items)
        next = has_more ? next_cursor : undefined
        if (next === undefined) break
      }
      return { hits, cursor: next }
    },
  }
}
