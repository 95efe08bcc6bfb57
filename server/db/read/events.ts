import type {
  ChannelId,
  ContactId,
  ConversationId,
  LoginId,
  MessageId,
  NoteId,
  NoticeId,
  TransferId,
  UserId,
} from '../../../contract/ids.ts'
import type { Event, EventType } from '../../../contract/event.ts'
import type { Login } from '../../../contract/login.ts'
import { presentChannels } from './channels.ts'
import { presentContacts } from './contacts.ts'
import { presentConversations } from './conversations.ts'
import { presentDrafts } from './drafts.ts'
import { presentMessages } from './messages.ts'
import { presentNotes } from './notes.ts'
import { presentNotices } from './notices.ts'
import { presentTransfers } from './transfers.ts'
import type { Reads, Viewer } from './viewer.ts'

/** A line of the change feed. `cursor` is the opaque id to resume from. */
export interface FeedLine {
  readonly cursor: string
  readonly type: EventType
  readonly objectId: string
  readonly channelId: ChannelId | null
  readonly userId: UserId | null
  readonly createdAt: Date
}

/** What of the feed a reader may be told besides chats: the channels that it may know of, and whose logins. */
export interface EventRights {
  readonly knownChannels: readonly ChannelId[]
  readonly maySeeLogin: (userId: UserId | null) => boolean
  readonly maySeeNotice: (line: FeedLine) => boolean
}

/** Logins are presented by those who can open what is sealed in them. */
export type ReadLogins = (ids: readonly LoginId[]) => Promise<readonly Login[]>

type Kind = 'message' | 'conversation' | 'contact' | 'channel' | 'login' | 'transfer' | 'notice' | 'note' | 'draft'

/**
 * Lines as events with their whole objects, as they are now, in a constant number of queries. A line whose object the viewer may
 * not see, or which is gone, is left out.
 */
export async function presentEvents(
  db: Reads,
  readLogins: ReadLogins,
  viewer: Viewer,
  rights: EventRights,
  lines: readonly FeedLine[],
): Promise<Event[]> {
  const visible = lines.filter((line) => isVisible(line, viewer, rights))
  const idsOf = <T extends string>(kind: Kind) => [
    ...new Set(visible.filter((line) => kindOf(line.type) === kind).map((line) => line.objectId as T)),
  ]
  const [messages, conversations, contacts, channels, logins, transfers, notices, notes, drafts] = await Promise.all([
    presentMessages(db, viewer, idsOf<MessageId>('message')),
    presentConversations(db, viewer, idsOf<ConversationId>('conversation')),
    presentContacts(db, viewer, idsOf<ContactId>('contact')),
    presentChannels(db, viewer, idsOf<ChannelId>('channel')),
    readLogins(idsOf<LoginId>('login')),
    presentTransfers(db, idsOf<TransferId>('transfer')),
    presentNotices(db, viewer, idsOf<NoticeId>('notice')),
    presentNotes(db, viewer, idsOf<NoteId>('note')),
    presentDrafts(
      db,
      viewer,
      visible.filter((line) => kindOf(line.type) === 'draft'),
    ),
  ])
  const objects: Readonly<Record<Kind, ReadonlyMap<string, unknown>>> = {
    message: messages,
    conversation: conversations,
    contact: contacts,
    channel: new Map(channels.map((channel) => [channel.id, channel])),
    login: new Map(logins.map((login) => [login.id, login])),
    transfer: transfers,
    notice: notices,
    note: notes,
    draft: drafts,
  }
  return visible.flatMap((line) => {
    const data = objects[kindOf(line.type)].get(line.objectId)
    return data === undefined ? [] : [{ id: line.cursor, type: line.type, created_at: line.createdAt.toISOString(), data } as Event]
  })
}

function kindOf(type: EventType): Kind {
  return type.slice(0, type.indexOf('.')) as Kind
}

function isVisible(line: FeedLine, viewer: Viewer, rights: EventRights): boolean {
  switch (kindOf(line.type)) {
    case 'message':
    case 'conversation':
    case 'note':
      return line.channelId !== null && viewer.channels.includes(line.channelId)
    case 'draft':
      return line.userId === viewer.id && line.channelId !== null && viewer.channels.includes(line.channelId)
    case 'channel':
      return line.channelId !== null && rights.knownChannels.includes(line.channelId)
    case 'login':
      return rights.maySeeLogin(line.userId)
    case 'transfer':
      return viewer.isAdmin
    case 'notice':
      return rights.maySeeNotice(line)
    case 'contact':
      // Told by the contact's conversations, when it is read.
      return true
  }
}
