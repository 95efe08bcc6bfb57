import type { Channel } from '../../contract/channel.ts'
import type { Contact, Conversation } from '../../contract/conversation.ts'
import type { Event, Typing } from '../../contract/event.ts'
import type { ChannelId, ConversationId, LoginId } from '../../contract/ids.ts'
import type { Login } from '../../contract/login.ts'
import { createConversationList } from './conversation-list.ts'
import { createPublisher, type Publisher, type Schedule } from './publisher.ts'
import { createThreads, type Threads } from './threads.ts'
import type { Topic } from './topic.ts'

export type Connection = 'connecting' | 'live' | 'lost'

/**
 * A request under way whose answer will be kept. What an event has touched since it began is newer than the answer, so
 * `isFresh` says which of its objects may still be written. Must be closed.
 */
export interface Read {
  readonly isFresh: (id: string) => boolean
  /** The feed has begun anew since: the answer may lack what the hole has swallowed. */
  readonly isOvertaken: () => boolean
  readonly close: () => void
}

/**
 * Everything the page knows of the inbox, each thing once. Events and answers are the only writers from outside;
 * what is read is replaced, never changed in place, so React can compare it.
 */
export interface Store extends Pick<Publisher<Topic>, 'subscribe'>, Threads {
  readonly conversation: (id: ConversationId) => Conversation | undefined
  /** Ids of the loaded conversations, the latest first; published at most four times a second. */
  readonly order: () => readonly ConversationId[]
  readonly channels: () => readonly Channel[]
  readonly channel: (id: ChannelId) => Channel | undefined
  readonly logins: () => readonly Login[]
  readonly connection: () => Connection
  /** The name of who types there now. */
  readonly typing: (id: ConversationId) => string | undefined

  readonly openRead: () => Read
  readonly applyEvent: (event: Event) => void
  readonly applyTyping: (typing: Typing) => void
  readonly keepConversations: (conversations: readonly Conversation[], read: Read) => void
  /** Says how far down the list is loaded: to this conversation, or whole. */
  readonly keepListEnd: (last: Conversation | undefined) => void
  readonly keepChannels: (channels: readonly Channel[], read: Read) => void
  readonly keepLogin: (login: Login, read: Read) => void
  readonly dropChannel: (id: ChannelId) => void
  readonly setConnection: (connection: Connection) => void
  /** Marks all as out of date: the feed has a hole, so everything has to be read again. */
  readonly forget: () => void
}

/** How long a word that somebody types is believed without another. */
const TYPING_MS = 30_000

/** The normalised store of one signed-in person. */
export function createStore(schedule: Schedule): Store {
  const publisher = createPublisher<Topic>(schedule)
  const { touch } = publisher
  const list = createConversationList(schedule, () => touch('order'))
  const threads = createThreads(touch)
  const touchedSince = createTouched()
  const typing = new Map<ConversationId, { readonly name: string }>()
  let channels: readonly Channel[] = []
  let logins: readonly Login[] = []
  let connection: Connection = 'connecting'

  function putConversation(conversation: Conversation): void {
    list.put(conversation)
    touch(`conversation:${conversation.id}`)
  }

  function putContact(contact: Contact): void {
    for (const id of contact.conversation_ids) {
      const conversation = list.get(id)
      if (!conversation) continue
      touchedSince.add(id)
      putConversation({ ...conversation, contact })
    }
  }

  function putChannel(channel: Channel): void {
    channels = upsert(channels, channel)
    touch('channels')
  }

  function putLogin(login: Login): void {
    logins = upsert(logins, login)
    touch('logins')
  }

  function setTyping(id: ConversationId, value: { readonly name: string } | undefined): void {
    if (value) typing.set(id, value)
    else typing.delete(id)
    touch(`typing:${id}`)
  }

  function applyEvent(event: Event): void {
    touchedSince.add(event.data.id)
    switch (event.type) {
      case 'message.created':
      case 'message.updated':
        if (event.data.direction === 'inbound') setTyping(event.data.conversation_id, undefined)
        return threads.putMessage(event.data, event.type === 'message.created')
      case 'conversation.created':
      case 'conversation.updated':
        return putConversation(event.data)
      case 'contact.created':
      case 'contact.updated':
      case 'contact.merged':
        return putContact(event.data)
      case 'channel.updated':
        return putChannel(event.data)
      case 'login.updated':
        return putLogin(event.data)
    }
  }

  return {
    subscribe: publisher.subscribe,
    ...threads,
    conversation: list.get,
    order: list.order,
    channels: () => channels,
    channel: (id) => channels.find((channel) => channel.id === id),
    logins: () => logins,
    connection: () => connection,
    typing: (id) => typing.get(id)?.name,
    openRead: touchedSince.open,
    applyEvent,
    applyTyping: ({ conversation_id, sender, on }) => {
      const id = conversation_id as ConversationId
      const value = on ? { name: sender.name } : undefined
      setTyping(id, value)
      if (value) schedule.after(TYPING_MS, () => typing.get(id) === value && setTyping(id, undefined))
    },
    keepConversations: (items, read) => items.filter(({ id }) => read.isFresh(id)).forEach(putConversation),
    keepListEnd: list.keepEnd,
    keepChannels: (items, read) => {
      channels = items.map((item) => (read.isFresh(item.id) ? item : (channels.find(({ id }) => id === item.id) ?? item)))
      touch('channels')
    },
    keepLogin: (login, read) => {
      if (read.isFresh(login.id)) putLogin(login)
    },
    dropChannel: (id) => {
      channels = channels.filter((channel) => channel.id !== id)
      touch('channels')
    },
    setConnection: (next) => {
      connection = next
      touch('connection')
    },
    forget: () => {
      touchedSince.beginAnew()
      list.forget()
      threads.forgetThreads()
    },
  }
}

/** Remembers what events have touched while reads are under way, and nothing when there are none. */
function createTouched() {
  const revisions = new Map<string, number>()
  let revision = 0
  let open = 0
  let edition = 0
  return {
    beginAnew: () => {
      edition += 1
    },
    add: (id: string) => {
      if (open > 0) revisions.set(id, ++revision)
    },
    open: (): Read => {
      const began = revision
      const beganIn = edition
      open += 1
      return {
        isFresh: (id) => (revisions.get(id) ?? 0) <= began,
        isOvertaken: () => beganIn !== edition,
        close: () => {
          open -= 1
          if (open === 0) revisions.clear()
        },
      }
    },
  }
}

function upsert<Item extends { readonly id: ChannelId | LoginId }>(items: readonly Item[], item: Item): readonly Item[] {
  const known = items.some(({ id }) => id === item.id)
  return known ? items.map((other) => (other.id === item.id ? item : other)) : [...items, item]
}
