import type { ConversationId, MessageId, UserId } from '../../contract/ids.ts'
import type { Client } from './client.ts'
import type { Read, Store } from './store.ts'

/** What the page reads into the store. Asking for the same thing twice at once asks the server once. */
export interface Reads {
  readonly channels: () => Promise<void>
  /** The first page of the list, which begins it anew. */
  readonly conversations: () => Promise<void>
  readonly moreConversations: () => Promise<void>
  readonly hasMoreConversations: () => boolean
  readonly conversation: (id: ConversationId) => Promise<void>
  /** Ids of the conversations that a search finds. */
  readonly findConversations: (q: string, signal: AbortSignal) => Promise<readonly ConversationId[]>
  /** The newest page of a thread. */
  readonly thread: (id: ConversationId) => Promise<void>
  readonly older: (id: ConversationId) => Promise<void>
  readonly login: (user: UserId) => Promise<void>
  readonly markRead: (id: ConversationId, upTo: MessageId) => Promise<void>
  readonly retry: (id: MessageId) => Promise<void>
}

const LIST_PAGE = 60
const THREAD_PAGE = 60

/** Reads and small writes whose answers go into the store, unless an event has overtaken them. */
export function createReads({ call }: Pick<Client, 'call'>, store: Store): Reads {
  const running = new Map<string, Promise<void>>()
  let nextCursor: string | undefined
  /** Counts the beginnings of the list, so that a page of an earlier one is not put behind a later one. */
  let listEdition = 0

  /** Asks and keeps the answer, unless the feed has begun anew meanwhile: then `again` asks anew, and else nobody needs the answer. */
  async function reading<Answer>(ask: () => Promise<Answer>, keep: (answer: Answer, read: Read) => void, again = true): Promise<void> {
    for (;;) {
      const read = store.openRead()
      try {
        const answer = await ask()
        if (!read.isOvertaken()) return keep(answer, read)
        if (!again) return
      } finally {
        read.close()
      }
    }
  }

  function once(name: string, start: () => Promise<void>): Promise<void> {
    const known = running.get(name)
    if (known) return known
    const started = start().finally(() => running.delete(name))
    running.set(name, started)
    return started
  }

  function listPage(cursor?: string): Promise<void> {
    const edition = listEdition
    const ask = () => call('listConversations', { query: { limit: LIST_PAGE, ...(cursor ? { cursor } : {}) } })
    return reading(
      ask,
      (page, read) => {
        if (edition !== listEdition) return
        store.keepConversations(page.items, read)
        nextCursor = page.has_more ? page.next_cursor : undefined
        store.keepListEnd(nextCursor ? page.items.at(-1) : undefined)
      },
      false,
    )
  }

  function threadPage(id: ConversationId, before?: MessageId): Promise<void> {
    const query = { limit: THREAD_PAGE, ...(before ? { before } : {}) }
    return reading(
      () => call('listMessages', { params: { conversation_id: id }, query }),
      ({ items, has_more }, { isFresh }) =>
        store.keepPage(id, { messages: items, kind: before ? 'older' : 'newest', hasOlder: has_more, isFresh }),
      before === undefined,
    )
  }

  return {
    channels: () =>
      reading(
        () => call('listChannels', { query: { limit: 200 } }),
        ({ items }, read) => store.keepChannels(items, read),
      ),
    conversations: () => {
      listEdition += 1
      return listPage()
    },
    moreConversations: () => (nextCursor ? once('list', () => listPage(nextCursor)) : Promise.resolve()),
    hasMoreConversations: () => nextCursor !== undefined,
    conversation: (id) =>
      once(`conversation ${id}`, () =>
        reading(
          () => call('getConversation', { params: { conversation_id: id } }),
          (conversation, read) => store.keepConversations([conversation], read),
        ),
      ),
    findConversations: async (q, signal) => {
      let found: readonly ConversationId[] = []
      await reading(
        () => call('listConversations', { query: { q, limit: LIST_PAGE }, signal }),
        ({ items }, read) => {
          store.keepConversations(items, read)
          found = items.map(({ id }) => id)
        },
      )
      return found
    },
    thread: (id) => {
      store.expectPage(id)
      return once(`thread ${id}`, () => threadPage(id))
    },
    older: (id) => {
      const { rows, state, hasOlder } = store.thread(id)
      const [oldest] = rows
      if (state !== 'ready' || !hasOlder || !oldest) return Promise.resolve()
      return once(`older ${id}`, () => threadPage(id, oldest.id))
    },
    login: (user) =>
      reading(
        () => call('getWhatsappLogin', { params: { user_id: user } }),
        (login, read) => store.keepLogin(login, read),
      ),
    markRead: (id, upTo) =>
      reading(
        () => call('markRead', { params: { conversation_id: id }, body: { up_to_message_id: upTo } }),
        (conversation, read) => store.keepConversations([conversation], read),
        false,
      ),
    retry: (id) =>
      reading(
        () => call('retryMessage', { params: { message_id: id } }),
        (message, read) => {
          if (read.isFresh(message.id)) store.putMessage(message, false)
        },
        false,
      ),
  }
}
