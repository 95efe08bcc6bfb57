import type { ConversationId } from '../../contract/ids.ts'
import type { Message } from '../../contract/message.ts'
import { looksLike, type Outgoing, type Thread } from './thread.ts'
import type { Topic } from './topic.ts'

interface Deps {
  readonly threadOf: (id: ConversationId) => Thread
  readonly change: (id: ConversationId, next: Partial<Thread>) => void
  readonly touch: (topic: Topic) => void
}

/** Sends by key, and at the end of which thread each is shown. */
export function createSendList({ threadOf, change, touch }: Deps) {
  const sends = new Map<string, Outgoing>()

  function show(id: ConversationId, list: 'pending' | 'failedSends', key: string, isShown: boolean): void {
    const keys = threadOf(id)[list]
    if (keys.includes(key) === isShown) return
    change(id, { [list]: isShown ? [...keys, key] : keys.filter((other) => other !== key) })
  }

  return {
    get: (key: string) => sends.get(key),
    put: (send: Outgoing) => {
      sends.set(send.key, send)
      touch(`outgoing:${send.key}`)
      // What the feed has shown already is not shown a second time.
      show(send.conversation_id, 'pending', send.key, send.seen_as === undefined)
      show(send.conversation_id, 'failedSends', send.key, send.state === 'failed')
    },
    drop: (key: string) => {
      const send = sends.get(key)
      if (!send) return
      sends.delete(key)
      touch(`outgoing:${key}`)
      show(send.conversation_id, 'pending', key, false)
      show(send.conversation_id, 'failedSends', key, false)
    },
    /** The send under way that this new message looks like: the feed may be faster than the answer to the send. */
    findTwin: (thread: Thread, message: Message) =>
      thread.pending.map((key) => sends.get(key)).find((send) => send !== undefined && looksLike(send, message)),
  }
}
