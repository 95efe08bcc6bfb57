import type { Call } from '../../contract/api.ts'
import type { ConversationId, MessageId, UserId } from '../../contract/ids.ts'
import type { Login } from '../../contract/login.ts'
import type { Message } from '../../contract/message.ts'
import { createChangeConversation } from './change-conversation.ts'
import type { Client } from './client.ts'
import { createListReads, type ListReads } from './list-reads.ts'
import type { Read } from './overtaking.ts'
import { createReading } from './reading.ts'
import type { Store } from './store.ts'
import { createTeamReads, type TeamReads } from './team-reads.ts'
import { createThreadReads, type ThreadReads } from './thread-reads.ts'

/** What the page reads into the store. Asking for the same thing twice at once asks the server once. */
export interface Reads extends ListReads, ThreadReads, TeamReads {
  readonly channels: () => Promise<void>
  /** Who works here. */
  readonly users: () => Promise<void>
  /** The labels that are defined. No event tells of them. */
  readonly labels: () => Promise<void>
  readonly conversation: (id: ConversationId) => Promise<void>
  /** The conversation with a number or a contact, begun where there is none. */
  readonly startConversation: (input: Call<'createConversation'>['body']) => Promise<ConversationId>
  readonly login: (user: UserId) => Promise<void>
  /** Starts to link a phone; ends when the first code is there. */
  readonly connect: (user: UserId, input: Call<'connectWhatsapp'>['body']) => Promise<void>
  readonly cancelLogin: (user: UserId) => Promise<void>
  /** Shown at once; what is refused is put back, and thrown. */
  readonly change: ReturnType<typeof createChangeConversation>
  readonly markRead: (id: ConversationId, upTo: MessageId) => Promise<void>
  readonly retry: (id: MessageId) => Promise<void>
  /** Gives our number's reaction, or takes it back. */
  readonly react: (id: MessageId, emoji: string | null) => Promise<void>
  readonly edit: (id: MessageId, text: string) => Promise<void>
  /** For everyone. */
  readonly takeBack: (id: MessageId) => Promise<void>
  /** A hint that may be lost. */
  readonly setTyping: (id: ConversationId, on: boolean) => void
}

/** Reads and small writes whose answers go into the store, unless an event has overtaken them. */
export function createReads({ call }: Pick<Client, 'call'>, store: Store): Reads {
  const how = createReading(store)
  const { reading, once } = how

  function keepLogin(ask: () => Promise<Login>): Promise<void> {
    return reading(ask, (login, read) => store.keepLogin(login, read), false)
  }

  function keepMessage(ask: () => Promise<Message>): Promise<void> {
    const keep = (message: Message, read: Read) => {
      if (read.isFresh(message.id)) store.putMessage(message, false)
    }
    return reading(ask, keep, false)
  }

  return {
    channels: () =>
      reading(
        () => call('listChannels', { query: { limit: 200 } }),
        ({ items }, read) => store.keepChannels(items, read),
      ),
    users: async () => store.keepUsers((await call('listUsers', { query: { limit: 200 } })).items),
    labels: () => once('labels', async () => store.keepLabels((await call('listLabels', { query: { limit: 200 } })).items)),
    ...createListReads(call, store, how),
    conversation: (id) =>
      once(`conversation ${id}`, () =>
        reading(
          () => call('getConversation', { params: { conversation_id: id } }),
          (conversation, read) => store.keepConversations([conversation], read),
        ),
      ),
    startConversation: async (body) => {
      const conversation = await call('createConversation', { body })
      store.keepConversations([conversation], { isFresh: (id) => store.conversation(id as ConversationId) === undefined })
      return conversation.id
    },
    ...createThreadReads(call, store, how),
    ...createTeamReads(call, store, how),
    login: (user) => keepLogin(() => call('getWhatsappLogin', { params: { user_id: user } })),
    connect: (user, body) => keepLogin(() => call('connectWhatsapp', { params: { user_id: user }, body })),
    cancelLogin: (user) => keepLogin(() => call('cancelWhatsappLogin', { params: { user_id: user } })),
    change: createChangeConversation(call, store, how),
    markRead: (id, upTo) =>
      reading(
        () => call('markRead', { params: { conversation_id: id }, body: { up_to_message_id: upTo } }),
        (conversation, read) => store.keepConversations([conversation], read),
        false,
      ),
    retry: (id) => keepMessage(() => call('retryMessage', { params: { message_id: id } })),
    react: (id, emoji) =>
      keepMessage(() =>
        emoji === null
          ? call('removeReaction', { params: { message_id: id } })
          : call('setReaction', { params: { message_id: id }, body: { emoji } }),
      ),
    edit: (id, text) => keepMessage(() => call('editMessage', { params: { message_id: id }, body: { text } })),
    takeBack: (id) => keepMessage(() => call('deleteMessage', { params: { message_id: id } })),
    setTyping: (id, on) => void call('setTyping', { params: { conversation_id: id }, body: { on } }).catch(() => undefined),
  }
}
