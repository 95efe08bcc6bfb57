import type { ConversationId, MessageId } from '../../contract/ids.ts'
import type { Message } from '../../contract/message.ts'
import { emptyThread, insertRow, mergeRows, type Outgoing, removeRow, rowOf, type Thread } from './thread.ts'
import type { Topic } from './topic.ts'

/** A page of messages as it was read. `isFresh` says whether an event has not overtaken it. */
export interface ThreadPage {
  readonly messages: readonly Message[]
  readonly kind: 'newest' | 'older'
  readonly hasOlder: boolean
  readonly isFresh: (id: string) => boolean
}

/** Messages, sends that are under way, and the order of both in each conversation. */
export interface Threads {
  readonly message: (id: MessageId) => Message | undefined
  readonly outgoing: (key: string) => Outgoing | undefined
  readonly thread: (id: ConversationId) => Thread

  /** The newest page is being read: from now on what events tell of this conversation is kept. */
  readonly expectPage: (id: ConversationId) => void
  /** The newest page begins a thread anew unless it is ready; an older one is put before. */
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
  const outgoing = new Map<string, Outgoing>()
  const threads = new Map<ConversationId, Thread>()

  const threadOf = (id: ConversationId) => threads.get(id) ?? emptyThread

  function change(id: ConversationId, next: Partial<Thread>): void {
    threads.set(id, { ...threadOf(id), ...next })
    touch(`thread:${id}`)
  }

  function write(message: Message): void {
    messages.set(message.id, message)
    touch(`message:${message.id}`)
  }

  function putMessage(message: Message, isNew: boolean): void {
    const id = message.conversation_id
    const thread = threadOf(id)
    if (thread.state === 'empty') return
    const before = messages.get(message.id)
    write(message)
    const moved = before !== undefined && before.sent_at !== message.sent_at
    const others = moved ? removeRow(thread.rows, rowOf(before)) : thread.rows
    const twin = isNew && !before ? findTwin(thread, message) : undefined
    const rows = isBeforeLoaded(thread, message) ? others : insertRow(others, rowOf(message, twin?.key))
    if (rows !== thread.rows) change(id, { rows })
    if (twin) putOutgoing({ ...twin, seen_as: message.id })
  }

  /** The send under way that this new message looks like: the feed may be faster than the answer to the send. */
  function findTwin(thread: Thread, message: Message): Outgoing | undefined {
    if (message.direction !== 'outbound' || message.origin !== 'inbox' || !message.sender.is_me) return undefined
    const sends = thread.pending.map((key) => outgoing.get(key))
    return sends.find((send) => send !== undefined && send.state !== 'failed' && looksLike(send, message))
  }

  function putOutgoing(send: Outgoing): void {
    outgoing.set(send.key, send)
    touch(`outgoing:${send.key}`)
    const { pending } = threadOf(send.conversation_id)
    const isShown = pending.includes(send.key)
    // What the feed has shown already is not shown a second time.
    if (send.seen_as && isShown) change(send.conversation_id, { pending: pending.filter((key) => key !== send.key) })
    if (!send.seen_as && !isShown) change(send.conversation_id, { pending: [...pending, send.key] })
  }

  function dropOutgoing(key: string): void {
    const send = outgoing.get(key)
    if (!send) return
    outgoing.delete(key)
    touch(`outgoing:${key}`)
    change(send.conversation_id, { pending: threadOf(send.conversation_id).pending.filter((other) => other !== key) })
  }

  function keepPage(id: ConversationId, page: ThreadPage): void {
    for (const message of page.messages) if (page.isFresh(message.id) || !messages.has(message.id)) write(message)
    const thread = threadOf(id)
    const rows = page.messages.map((message) => rowOf(messages.get(message.id) ?? message))
    const isContinued = page.kind === 'older' || thread.state === 'ready'
    const newest = mergeRows([], rows).at(-1)
    // Of a thread that begins anew only what events have told since the page was read is newer than the page.
    const kept = isContinued || !newest ? thread.rows : thread.rows.filter((row) => row.at > newest.at || row.id === newest.id)
    const hasOlder = page.kind === 'newest' && thread.state === 'ready' ? thread.hasOlder : page.hasOlder
    change(id, { rows: mergeRows(kept, rows), state: 'ready', hasOlder })
  }

  function settleOutgoing(key: string, message: Message): void {
    const send = outgoing.get(key)
    const thread = threadOf(message.conversation_id)
    if (!messages.has(message.id) && thread.state !== 'empty') {
      write(message)
      const mayKeepKey = send && !send.seen_as && send.conversation_id === message.conversation_id
      change(message.conversation_id, { rows: insertRow(thread.rows, rowOf(message, mayKeepKey ? key : undefined)) })
    }
    dropOutgoing(key)
  }

  return {
    message: (id) => messages.get(id),
    outgoing: (key) => outgoing.get(key),
    thread: threadOf,
    expectPage: (id) => {
      if (threadOf(id).state === 'empty') change(id, { state: 'loading' })
    },
    keepPage,
    putMessage,
    putOutgoing,
    dropOutgoing,
    settleOutgoing,
    forgetThreads: () => {
      for (const [id, thread] of threads) if (thread.state === 'ready') change(id, { state: 'stale' })
    },
  }
}

/** Older than the loaded part: such a message comes with its page, or there would be a hole after it. */
function isBeforeLoaded(thread: Thread, message: Message): boolean {
  const [oldest] = thread.rows
  return thread.state === 'ready' && thread.hasOlder && oldest !== undefined && message.sent_at < oldest.at
}

function looksLike(send: Outgoing, message: Message): boolean {
  const [file] = send.input.attachments ?? []
  if (file) return 'attachments' in message && message.attachments[0]?.id === file.media_id
  return message.type === 'text' && message.text === send.input.text
}
