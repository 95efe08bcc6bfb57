import type { ConversationId, MessageId } from '../../contract/ids.ts'
import type { Message } from '../../contract/message.ts'
import { createSendList } from './send-list.ts'
import {
  emptyThread,
  insertRow,
  isBeforeLoaded,
  isBeyondLoaded,
  type Outgoing,
  type Page,
  removeRow,
  type Row,
  rowOf,
  type Thread,
  withPage,
} from './thread.ts'
import type { Topic } from './topic.ts'

/** A page of messages as it was read. `isFresh` says whether an event has not overtaken it. */
export interface ThreadPage extends Omit<Page, 'rows'> {
  readonly messages: readonly Message[]
  readonly isFresh: (id: string) => boolean
}

/** Messages, sends that are under way, and the order of both in each conversation. */
export interface Threads {
  readonly message: (id: MessageId) => Message | undefined
  readonly outgoing: (key: string) => Outgoing | undefined
  readonly thread: (id: ConversationId) => Thread

  /** The newest page is being read: from now on what events tell of this conversation is kept. */
  readonly expectPage: (id: ConversationId) => void
  /** Puts a page where it belongs; see `withPage`. */
  readonly keepPage: (id: ConversationId, page: ThreadPage) => void
  readonly putMessage: (message: Message, isNew: boolean) => void
  readonly putOutgoing: (outgoing: Outgoing) => void
  readonly dropOutgoing: (key: string) => void
  /** The send was answered: its row becomes the message's. What an event has told of the message already stays. */
  readonly settleOutgoing: (key: string, message: Message) => void
  /** There is a hole in the feed: every thread has to be read again. */
  readonly forgetThreads: () => void
}

/** Messages by id and rows by conversation. `touch` is told what has changed. */
export function createThreads(touch: (...topics: readonly Topic[]) => void): Threads {
  const messages = new Map<MessageId, Message>()
  const threads = new Map<ConversationId, Thread>()
  const sends = createSendList({ threadOf, change, touch })

  function threadOf(id: ConversationId): Thread {
    return threads.get(id) ?? emptyThread
  }

  function change(id: ConversationId, next: Partial<Thread>): void {
    threads.set(id, { ...threadOf(id), ...next })
    touch(`thread:${id}`)
  }

  function write(message: Message): void {
    messages.set(message.id, message)
    touch(`message:${message.id}`)
    const { failed } = threadOf(message.conversation_id)
    const isFailed = message.status === 'failed'
    if (failed.includes(message.id) === isFailed) return
    change(message.conversation_id, { failed: isFailed ? [...failed, message.id] : failed.filter((id) => id !== message.id) })
  }

  function putMessage(message: Message, isNew: boolean): void {
    const id = message.conversation_id
    const thread = threadOf(id)
    if (thread.state === 'empty') return
    const before = messages.get(message.id)
    write(message)
    const moved = before !== undefined && before.sent_at !== message.sent_at
    const others = moved ? removeRow(thread.rows, rowOf(before)) : thread.rows
    const twin = isNew && !before ? sends.findTwin(thread, message) : undefined
    const next = withRow({ ...thread, rows: others }, message, rowOf(message, twin?.key))
    if (next.rows !== thread.rows || next.beyond !== thread.beyond) change(id, next)
    if (twin) sends.put({ ...twin, seen_as: message.id })
  }

  function keepPage(id: ConversationId, page: ThreadPage): void {
    for (const message of page.messages) if (page.isFresh(message.id) || !messages.has(message.id)) write(message)
    const rows = page.messages.map((message) => rowOf(messages.get(message.id) ?? message))
    change(id, withPage(threadOf(id), { ...page, rows }))
  }

  function settleOutgoing(key: string, message: Message): void {
    const send = sends.get(key)
    const thread = threadOf(message.conversation_id)
    if (!messages.has(message.id) && thread.state !== 'empty') {
      write(message)
      const mayKeepKey = send && !send.seen_as && send.conversation_id === message.conversation_id
      change(message.conversation_id, withRow(thread, message, rowOf(message, mayKeepKey ? key : undefined)))
    }
    sends.drop(key)
  }

  return {
    message: (id) => messages.get(id),
    outgoing: sends.get,
    thread: threadOf,
    expectPage: (id) => {
      if (threadOf(id).state === 'empty') change(id, { state: 'loading' })
    },
    keepPage,
    putMessage,
    putOutgoing: sends.put,
    dropOutgoing: sends.drop,
    settleOutgoing,
    forgetThreads: () => {
      for (const [id, thread] of threads) if (thread.state === 'ready') change(id, { state: 'stale' })
    },
  }
}

/** Where a message's row stands: in the loaded part, beyond it, or nowhere yet when it comes with an older page. */
function withRow(thread: Thread, message: Message, row: Row): Pick<Thread, 'rows' | 'beyond'> {
  const { rows, beyond } = thread
  if (isBeforeLoaded(thread, message)) return { rows, beyond }
  return isBeyondLoaded(thread, message) ? { rows, beyond: insertRow(beyond, row) } : { rows: insertRow(rows, row), beyond }
}
