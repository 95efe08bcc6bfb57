import type { Conversation } from '../../contract/conversation.ts'
import type { ConversationId } from '../../contract/ids.ts'
import type { Schedule } from './publisher.ts'
import type { Topic } from './topic.ts'

/** Between two orders of the list that are shown, in milliseconds: under a burst the list must stay readable. */
const ORDER_EVERY_MS = 250

/** The conversations and their order, the latest first. `touch` is told of each change, and when a new order is there to be shown. */
export function createConversationList({ after }: Pick<Schedule, 'after'>, touch: (topic: Topic) => void) {
  const conversations = new Map<ConversationId, Conversation>()
  let listed: readonly ConversationId[] = []
  /** Where the loaded part ends: beyond it there are others that were not read, so nothing is listed. */
  let end: Conversation | 'whole' | 'nothing' = 'nothing'
  /** What was known before the feed broke and has not been read again. */
  let stale = new Set<ConversationId>()
  let waiting = false
  let resting = false

  function publish(): void {
    waiting = false
    resting = true
    after(ORDER_EVERY_MS, () => {
      resting = false
      if (waiting) publish()
    })
    const next = sorted()
    if (next.length === listed.length && next.every((id, index) => id === listed[index])) return
    listed = next
    touch('order')
  }

  function sorted(): readonly ConversationId[] {
    const limit = end
    if (limit === 'nothing') return [...listed]
    const shown = [...conversations.values()].filter((conversation) => limit === 'whole' || compareConversations(conversation, limit) <= 0)
    return shown.toSorted(compareConversations).map(({ id }) => id)
  }

  function reorder(): void {
    if (waiting) return
    waiting = true
    if (!resting) publish()
  }

  return {
    get: (id: ConversationId) => conversations.get(id),
    order: () => listed,
    put: (conversation: Conversation) => {
      stale.delete(conversation.id)
      conversations.set(conversation.id, conversation)
      touch(`conversation:${conversation.id}`)
      reorder()
    },
    keepEnd: (last: Conversation | undefined) => {
      for (const id of stale) conversations.delete(id)
      stale.clear()
      end = last ?? 'whole'
      reorder()
    },
    forget: () => {
      end = 'nothing'
      stale = new Set(conversations.keys())
    },
  }
}

/** When something was last said there. */
export function activeAt(conversation: Conversation): string {
  return conversation.last_message?.sent_at ?? conversation.created_at
}

/** The server's order, by which the list is paged: those without a message stand last. */
function compareConversations(a: Conversation, b: Conversation): number {
  const [left, right] = [a.last_message?.sent_at ?? '', b.last_message?.sent_at ?? '']
  if (left !== right) return left > right ? -1 : 1
  return a.id > b.id ? -1 : a.id < b.id ? 1 : 0
}
