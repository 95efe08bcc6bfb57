import type { ConversationId, MessageId } from '../../contract/ids.ts'
import type { Client } from './client.ts'
import type { Reading } from './reading.ts'
import type { Store } from './store.ts'
import type { Page } from './thread.ts'

/** Reading a conversation, page by page, from its end or from the middle. */
export interface ThreadReads {
  /** The newest page of a thread. */
  readonly thread: (id: ConversationId) => Promise<void>
  readonly older: (id: ConversationId) => Promise<void>
  /** The page after the loaded part of a thread that does not reach up to now. */
  readonly newer: (id: ConversationId) => Promise<void>
  /** The surroundings of a message, in place of what was loaded. Fails where it does not stand there. */
  readonly around: (id: ConversationId, message: MessageId) => Promise<void>
}

const PAGE = 60
/** The most that the server gives at once. */
const LONGEST_PAGE = 200

export function createThreadReads(call: Client['call'], store: Store, { reading, once }: Reading): ThreadReads {
  function read(id: ConversationId, kind: Page['kind'], anchor?: MessageId): Promise<void> {
    // Whoever opens a chat wants to begin at the first message that they have not read.
    const unread = kind === 'newest' ? (store.conversation(id)?.unread_count ?? 0) : 0
    const limit = Math.min(LONGEST_PAGE, Math.max(PAGE, unread + 10))
    const { part } = store.thread(id)
    return reading(
      () => call('listMessages', { params: { conversation_id: id }, query: { limit, ...whereOf(kind, anchor) } }),
      ({ items, has_more }, { isFresh }) => {
        // Beside a part that has been replaced meanwhile it would leave a hole.
        if ((kind === 'older' || kind === 'newer') && store.thread(id).part !== part) return
        const newerThanAnchor = items.findIndex((message) => message.id === anchor)
        const hasNewer = kind === 'newer' ? has_more : kind === 'around' && newerThanAnchor >= Math.ceil((limit - 1) / 2)
        store.keepPage(id, { messages: items, kind, hasOlder: has_more, hasNewer, isFresh })
      },
      kind === 'newest' || kind === 'around',
    )
  }

  return {
    thread: (id) => {
      store.expectPage(id)
      return once(`thread ${id}`, () => read(id, 'newest'))
    },
    older: (id) => {
      const { rows, state, hasOlder } = store.thread(id)
      const [oldest] = rows
      if (state !== 'ready' || !hasOlder || !oldest) return Promise.resolve()
      return once(`older ${id}`, () => read(id, 'older', oldest.id))
    },
    newer: (id) => {
      const { rows, state, hasNewer } = store.thread(id)
      const newest = rows.at(-1)
      if (state !== 'ready' || !hasNewer || !newest) return Promise.resolve()
      return once(`newer ${id}`, () => read(id, 'newer', newest.id))
    },
    around: (id, message) => {
      store.expectPage(id)
      return once(`around ${message}`, () => read(id, 'around', message))
    },
  }
}

function whereOf(kind: Page['kind'], anchor: MessageId | undefined) {
  if (anchor === undefined || kind === 'newest') return {}
  return kind === 'older' ? { before: anchor } : kind === 'newer' ? { after: anchor } : { around: anchor }
}
