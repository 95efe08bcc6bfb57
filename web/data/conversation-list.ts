import type { Conversation } from '../../contract/conversation.ts'
import type { ConversationId } from '../../contract/ids.ts'
import type { Schedule } from './publisher.ts'
import type { Topic } from './topic.ts'

/** Between two orders of the list that are shown, in milliseconds: under a burst the list must stay readable. */
const ORDER_EVERY_MS = 250

/** As many lists are kept ready to be shown again; the others are read anew. */
const KEPT_LISTS = 8

/**
 * One list as far as it was read. `waiting`: the feed has not begun, so reading would be too early; `missing`: nothing was read;
 * `stale`: what was read is out of date, and is shown until it is read again.
 */
export interface ConversationList {
  readonly state: 'waiting' | 'missing' | 'ready' | 'stale'
  /** Ids of the conversations, the latest first. */
  readonly ids: readonly ConversationId[]
}

interface List {
  readonly matches: (conversation: Conversation) => boolean
  shown: ConversationList
  /** Where the loaded part ends: beyond it there are others that were not read, so nothing is listed. */
  end: Conversation | 'whole' | 'nothing'
  dirty: boolean
}

/** The conversations, and the lists in which they stand. `touch` is told of each change, and when a new order may be shown. */
export function createConversationLists({ after }: Pick<Schedule, 'after'>, touch: (...topics: readonly Topic[]) => void) {
  const conversations = new Map<ConversationId, Conversation>()
  const lists = new Map<string, List>()
  /** What was known before the feed broke and has not been read again. */
  let stale = new Set<ConversationId>()
  let hasBegun = false
  let waiting = false
  let resting = false

  function publish(): void {
    waiting = false
    resting = true
    after(ORDER_EVERY_MS, () => {
      resting = false
      if (waiting) publish()
    })
    for (const list of lists.values()) list.dirty = true
    touch(...[...lists.keys()].map((key): Topic => `list:${key}`))
  }

  function reorder(): void {
    if (waiting) return
    waiting = true
    if (!resting) publish()
  }

  function open(key: string, matches: List['matches']): List {
    const known = lists.get(key)
    if (known) return known
    const list: List = { matches, shown: { state: hasBegun ? 'missing' : 'waiting', ids: [] }, end: 'nothing', dirty: false }
    lists.set(key, list)
    const [oldest] = lists.keys()
    if (lists.size > KEPT_LISTS && oldest !== undefined) lists.delete(oldest)
    return list
  }

  return {
    get: (id: ConversationId) => conversations.get(id),
    all: () => conversations.values(),
    /** A list by its key; the same object until something in it has changed. */
    list: (key: string, matches: List['matches']): ConversationList => {
      const list = open(key, matches)
      if (list.dirty) {
        list.dirty = false
        const ids = sortedList(conversations.values(), list)
        if (ids !== list.shown.ids) list.shown = { ...list.shown, ids }
      }
      return list.shown
    },
    put: (conversation: Conversation) => {
      stale.delete(conversation.id)
      conversations.set(conversation.id, conversation)
      touch(`conversation:${conversation.id}`)
      reorder()
    },
    keepEnd: (key: string, last: Conversation | undefined) => {
      for (const id of stale) conversations.delete(id)
      stale.clear()
      const list = lists.get(key)
      if (!list) return
      list.end = last ?? 'whole'
      list.shown = { state: 'ready', ids: sortedList(conversations.values(), list) }
      touch(`list:${key}`)
    },
    forget: () => {
      hasBegun = true
      stale = new Set(conversations.keys())
      for (const [key, list] of lists) {
        list.shown = { ...list.shown, state: list.end === 'nothing' ? 'missing' : 'stale' }
        list.end = 'nothing'
        touch(`list:${key}`)
      }
    },
  }
}

/** What is shown of a list; the same object where nothing moved. */
function sortedList(conversations: Iterable<Conversation>, { end, matches, shown }: List): readonly ConversationId[] {
  if (end === 'nothing') return shown.ids
  const listed: Conversation[] = []
  for (const conversation of conversations) {
    if ((end === 'whole' || compareConversations(conversation, end) <= 0) && matches(conversation)) listed.push(conversation)
  }
  const ids = listed.toSorted(compareConversations).map(({ id }) => id)
  return isSame(ids, shown.ids) ? shown.ids : ids
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

function isSame(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((id, index) => id === other[index])
}
