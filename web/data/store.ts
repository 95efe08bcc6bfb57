import type { Channel } from '../../contract/channel.ts'
import type { Contact } from '../../contract/contact.ts'
import type { Conversation, ConversationCounts } from '../../contract/conversation.ts'
import type { Event, Presence, Typing } from '../../contract/event.ts'
import type { ChannelId, ConversationId, UserId } from '../../contract/ids.ts'
import type { Label } from '../../contract/label.ts'
import type { Login } from '../../contract/login.ts'
import type { Notice } from '../../contract/notice.ts'
import type { Transfer } from '../../contract/transfer.ts'
import type { User } from '../../contract/user.ts'
import { type Colleague, createColleagues } from './colleagues.ts'
import { type ConversationList, createConversationLists } from './conversation-list.ts'
import { createKeyed } from './keyed.ts'
import { filterKey, type ListFilter, matchesFilter } from './list-filter.ts'
import { createNotes, type Notes } from './notes.ts'
import { createOvertaking, type Read } from './overtaking.ts'
import { createPublisher, type Publisher, type Schedule } from './publisher.ts'
import { createThreads, type Threads } from './threads.ts'
import type { Topic } from './topic.ts'
import { createTyping } from './typing.ts'

export type Connection = 'connecting' | 'live' | 'lost'

/**
 * Everything the page knows of the inbox, each thing once. Events and answers are the only writers from outside;
 * what is read is replaced, never changed in place, so React can compare it.
 */
export interface Store extends Pick<Publisher<Topic>, 'subscribe'>, Threads, Notes {
  readonly conversation: (id: ConversationId) => Conversation | undefined
  /** Every conversation that is known, in no order. */
  readonly conversations: () => Iterable<Conversation>
  /** What is loaded of the list that this filter shows to this person; published at most four times a second. */
  readonly list: (filter: ListFilter, me: UserId) => ConversationList
  /** How many conversations stand in the views, as the server counts them; absent until it was asked. */
  readonly counts: () => ConversationCounts | undefined
  readonly channels: () => readonly Channel[]
  readonly channel: (id: ChannelId) => Channel | undefined
  readonly logins: () => readonly Login[]
  /** Everybody who works here, once it was read. */
  readonly users: () => readonly User[]
  readonly user: (id: UserId) => User | undefined
  /** The labels that are defined, in order of the alphabet, once they were read. */
  readonly labels: () => readonly Label[]
  /** Those that were told of since the page was opened. */
  readonly transfers: () => readonly Transfer[]
  /** Those that were told since the page was opened. */
  readonly notices: () => readonly Notice[]
  readonly connection: () => Connection
  /** The name of who types there now. */
  readonly typing: (id: ConversationId) => string | undefined
  /** Who of us is there now, besides the reader. */
  readonly colleagues: (id: ConversationId) => readonly Colleague[]

  readonly openRead: () => Read
  readonly applyEvent: (event: Event) => void
  readonly applyTyping: (typing: Typing) => void
  readonly applyPresence: (presence: Presence) => void
  readonly keepConversations: (conversations: readonly Conversation[], read: Pick<Read, 'isFresh'>) => void
  /** Says how far down a list is loaded: to this conversation, or whole. */
  readonly keepListEnd: (filter: ListFilter, last: Conversation | undefined) => void
  readonly keepChannels: (channels: readonly Channel[], read: Read) => void
  readonly keepCounts: (counts: ConversationCounts) => void
  readonly keepUsers: (users: readonly User[]) => void
  readonly keepLabels: (labels: readonly Label[]) => void
  readonly putChannel: (channel: Channel) => void
  readonly keepLogin: (login: Login, read: Read) => void
  readonly putTransfer: (transfer: Transfer) => void
  readonly dropChannel: (id: ChannelId) => void
  readonly setConnection: (connection: Connection) => void
  /** Marks all as out of date: the feed has a hole, so everything has to be read again. */
  readonly forget: () => void
}

/** The normalised store of one signed-in person. */
export function createStore(schedule: Schedule): Store {
  const { subscribe, touch } = createPublisher<Topic>(schedule)
  const parts: Parts = {
    list: createConversationLists(schedule, touch),
    threads: createThreads(touch),
    channels: createKeyed<Channel>(() => touch('channels')),
    logins: createKeyed<Login>(() => touch('logins')),
    users: createKeyed<User>(() => touch('users')),
    transfers: createKeyed<Transfer>(() => touch('transfers')),
    notices: createKeyed<Notice>(() => touch('notices')),
    typing: createTyping(schedule, (id) => touch(`typing:${id}`)),
    colleagues: createColleagues(schedule, (id) => touch(`colleagues:${id}`)),
    notes: createNotes(touch),
    overtaking: createOvertaking(),
  }
  const { list, threads, channels, logins, users, transfers, notices, typing, overtaking } = parts
  let connection: Connection = 'connecting'
  let counts: ConversationCounts | undefined
  let labels: readonly Label[] = []

  return {
    subscribe,
    ...threads,
    ...parts.notes,
    conversation: list.get,
    conversations: list.all,
    counts: () => counts,
    list: (filter, me) => list.list(filterKey(filter), (conversation) => matchesFilter(conversation, filter, me)),
    channels: channels.list,
    channel: channels.find,
    logins: logins.list,
    users: users.list,
    user: users.find,
    labels: () => labels,
    transfers: transfers.list,
    notices: notices.list,
    connection: () => connection,
    typing: typing.name,
    colleagues: parts.colleagues.list,
    applyPresence: parts.colleagues.apply,
    openRead: overtaking.open,
    applyEvent: (event) => applyEvent(parts, event),
    applyTyping: ({ conversation_id, sender, on }) => {
      const id = conversation_id as ConversationId
      if (on) typing.start(id, sender.name)
      else typing.stop(id)
    },
    keepConversations: (items, read) => items.filter(({ id }) => read.isFresh(id)).forEach(list.put),
    keepListEnd: (filter, last) => list.keepEnd(filterKey(filter), last),
    keepChannels: (items, read) => channels.keepAll(items, read.isFresh),
    keepCounts: (next) => {
      counts = next
      touch('counts')
    },
    keepUsers: (items) => users.keepAll(items, () => true),
    keepLabels: (next) => {
      labels = next.toSorted((a, b) => a.name.localeCompare(b.name))
      touch('labels')
    },
    putChannel: channels.put,
    keepLogin: (login, read) => {
      if (read.isFresh(login.id)) logins.put(login)
    },
    putTransfer: transfers.put,
    dropChannel: channels.drop,
    setConnection: (next) => {
      connection = next
      touch('connection')
    },
    forget: () => {
      overtaking.beginAnew()
      list.forget()
      threads.forgetThreads()
      parts.notes.forgetNotes()
    },
  }
}

interface Parts {
  readonly list: ReturnType<typeof createConversationLists>
  readonly threads: Threads
  readonly channels: ReturnType<typeof createKeyed<Channel>>
  readonly logins: ReturnType<typeof createKeyed<Login>>
  readonly users: ReturnType<typeof createKeyed<User>>
  readonly transfers: ReturnType<typeof createKeyed<Transfer>>
  readonly notices: ReturnType<typeof createKeyed<Notice>>
  readonly typing: ReturnType<typeof createTyping>
  readonly colleagues: ReturnType<typeof createColleagues>
  readonly notes: Notes
  readonly overtaking: ReturnType<typeof createOvertaking>
}

function applyEvent(parts: Parts, event: Event): void {
  if ('id' in event.data) parts.overtaking.touched(event.data.id)
  switch (event.type) {
    case 'message.created':
    case 'message.updated':
      if (event.data.direction === 'inbound') parts.typing.stop(event.data.conversation_id)
      return parts.threads.putMessage(event.data, event.type === 'message.created')
    case 'conversation.created':
    case 'conversation.updated':
      return parts.list.put(event.data)
    case 'contact.created':
    case 'contact.updated':
    case 'contact.merged':
      return applyContact(parts, event.data)
    case 'channel.updated':
      return parts.channels.put(event.data)
    case 'login.updated':
      return parts.logins.put(event.data)
    case 'transfer.updated':
      return parts.transfers.put(event.data)
    case 'notice.created':
      return parts.notices.put(event.data)
    case 'note.created':
    case 'note.updated':
      return parts.notes.putNote(event.data)
    case 'draft.updated':
      // Drafts are kept beside the store, where they outlive the page.
      return undefined
  }
}

/** A contact stands in each of its conversations. */
function applyContact({ list, overtaking }: Parts, contact: Contact): void {
  for (const id of contact.conversation_ids) {
    const conversation = list.get(id)
    if (!conversation) continue
    overtaking.touched(id)
    list.put({ ...conversation, contact })
  }
}
