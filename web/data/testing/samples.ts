import type { Conversation } from '../../../contract/conversation.ts'
import type { Event } from '../../../contract/event.ts'
import type { ConversationId, MessageId } from '../../../contract/ids.ts'
import type { Message } from '../../../contract/message.ts'
import type { Schedule } from '../publisher.ts'

const at = (minute: number) => new Date(Date.UTC(2026, 10, 22, 9, minute)).toISOString()
/** The conversation of the samples. */
export const chat = 'cnv_1' as ConversationId

/** A message for tests, sent at this minute; `more` overrides anything. */
export function sampleMessage(name: string, minute: number, more: Partial<Message> = {}): Message {
  const base = {
    id: `msg_${name}` as MessageId,
    conversation_id: chat,
    channel_id: 'chn_1',
    direction: 'inbound',
    origin: 'contact',
    sender: { id: 'con_1', name: 'Олена', is_me: false },
    type: 'text',
    text: name,
    reactions: [],
    sent_at: at(minute),
    received_at: at(minute),
  }
  return { ...base, ...more } as unknown as Message
}

/** A conversation for tests, last active at this minute. */
export function sampleConversation(name: string, minute: number, more: Partial<Conversation> = {}): Conversation {
  const last_message = { id: 'msg_x', type: 'text', direction: 'inbound', sent_at: at(minute), preview: '' }
  const base = {
    id: `cnv_${name}`,
    channel_id: 'chn_1',
    type: 'direct',
    name,
    status: 'open',
    labels: [],
    unread_count: 0,
    last_message,
    created_at: at(0),
  }
  return { ...base, ...more } as unknown as Conversation
}

/** An event for tests. */
export function sampleEvent(type: Event['type'], data: unknown, id = 'e'): Event {
  return { id, type, created_at: at(0), data } as Event
}

/** A schedule that runs only when told to. */
export function handSchedule(): Schedule & { readonly frames: () => void; readonly timers: () => void } {
  let frames: (() => void)[] = []
  let timers: (() => void)[] = []
  const run = (list: (() => void)[]) => list.forEach((each) => each())
  return {
    frame: (each) => void frames.push(each),
    after: (_, each) => void timers.push(each),
    frames: () => {
      const due = frames
      frames = []
      run(due)
    },
    timers: () => {
      const due = timers
      timers = []
      run(due)
    },
  }
}
