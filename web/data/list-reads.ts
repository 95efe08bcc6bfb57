import type { ConversationId } from '../../contract/ids.ts'
import type { Client } from './client.ts'
import type { Reading } from './reading.ts'
import type { Store } from './store.ts'

/** Reading the list of conversations, page by page, and searching it. */
export interface ListReads {
  /** The first page of the list, which begins it anew. */
  readonly conversations: () => Promise<void>
  readonly moreConversations: () => Promise<void>
  readonly hasMoreConversations: () => boolean
  /** Ids of the conversations that a search finds. */
  readonly findConversations: (q: string, signal: AbortSignal) => Promise<readonly ConversationId[]>
}

const PAGE = 60

export function createListReads(call: Client['call'], store: Store, { reading, once }: Reading): ListReads {
  let nextCursor: string | undefined
  /** Counts the beginnings of the list, so that a page of an earlier one is not put behind a later one. */
  let edition = 0

  function page(cursor?: string): Promise<void> {
    const askedIn = edition
    return reading(
      () => call('listConversations', { query: { limit: PAGE, ...(cursor ? { cursor } : {}) } }),
      ({ items, has_more, next_cursor }, read) => {
        if (askedIn !== edition) return
        store.keepConversations(items, read)
        nextCursor = has_more ? next_cursor : undefined
        store.keepListEnd(nextCursor ? items.at(-1) : undefined)
      },
      false,
    )
  }

  return {
    conversations: () => {
      edition += 1
      return page()
    },
    moreConversations: () => (nextCursor ? once('list', () => page(nextCursor)) : Promise.resolve()),
    hasMoreConversations: () => nextCursor !== undefined,
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
  }
}
