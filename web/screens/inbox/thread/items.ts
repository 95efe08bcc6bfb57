import type { MessageId, NoteId } from '../../../../contract/ids.ts'
import type { Message } from '../../../../contract/message.ts'
import { joinsAlbum } from '../../../data/album.ts'
import type { Row } from '../../../data/thread.ts'
import { dayKey } from '../../../i18n/formats.ts'

/** A message's place among those around it. */
export interface MessageItem {
  readonly key: string
  readonly message: MessageId
  readonly at: string
  /** It is the first of its day. */
  readonly beginsDay: boolean
  /** The first that was not read when the conversation was opened. */
  readonly isFirstUnread: boolean
  /** The messages beside it, on the same day. */
  readonly before?: MessageId
  readonly after?: MessageId
  /** It stands in one grid with the message before it. */
  readonly joins?: true
}

/** Pictures in one grid. It has the place of its first, and of its last what comes after. */
export interface AlbumItem extends MessageItem {
  readonly album: readonly MessageItem[]
}

/** A note's place among the messages. */
export interface NoteItem {
  readonly key: string
  readonly note: NoteId
  readonly at: string
  readonly beginsDay: boolean
}

export type Item = MessageItem | AlbumItem | NoteItem | { readonly key: string; readonly send: string; readonly at?: undefined }

/** Items with the rows that they were made of, to go on from. */
export interface Built {
  readonly rows: readonly Row[]
  readonly items: readonly MessageItem[]
  readonly firstUnread: MessageId | undefined
}

/** The items of these rows. Only those are made anew whose surroundings have changed: a thread may have tens of thousands. */
export function buildItems(rows: readonly Row[], firstUnread: MessageId | undefined, last?: Built): Built {
  if (!last || last.firstUnread !== firstUnread) return { rows, firstUnread, items: rows.map((_, at) => itemAt(rows, at, firstUnread)) }
  let same = 0
  while (same < rows.length && rows[same] === last.rows[same]) same += 1
  let tail = 0
  while (tail < rows.length - same && rows.at(-1 - tail) === last.rows.at(-1 - tail)) tail += 1
  // The neighbours of what has changed name it.
  const from = Math.max(0, same - 1)
  const to = Math.max(from, rows.length - Math.max(0, tail - 1))
  const made = rows.slice(from, to).map((_, at) => itemAt(rows, from + at, firstUnread))
  const kept = last.items.slice(last.items.length - (rows.length - to))
  return { rows, firstUnread, items: [...last.items.slice(0, from), ...made, ...(rows.length === to ? [] : kept)] }
}

function itemAt(rows: readonly Row[], index: number, firstUnread: MessageId | undefined): MessageItem {
  const row = rows[index] as Row
  const { key, id, at } = row
  const before = rows[index - 1]
  const after = rows[index + 1]
  const day = dayKey(at)
  const beginsDay = !before || dayKey(before.at) !== day
  const isFirstUnread = id === firstUnread
  return {
    key,
    message: id,
    at,
    beginsDay,
    isFirstUnread,
    ...(before && !beginsDay ? { before: before.id } : {}),
    ...(after && dayKey(after.at) === day ? { after: after.id } : {}),
    ...(before && !beginsDay && !isFirstUnread && joinsAlbum(before, row) ? { joins: true } : {}),
  }
}

/** The first of so many unread messages at the end; the oldest loaded one where not all are loaded. Undefined when all was read. */
export function findFirstUnread(rows: readonly Row[], unread: number, read: (id: MessageId) => Message | undefined): MessageId | undefined {
  let first: MessageId | undefined
  let left = unread
  for (let at = rows.length - 1; at >= 0 && left > 0; at -= 1) {
    const message = read((rows[at] as Row).id)
    if (message?.direction !== 'inbound' || message.type === 'system') continue
    first = message.id
    left -= 1
  }
  return first
}

/** Whether these are the items of before with others put in front of them. */
export function isPrepended(before: readonly Item[], now: readonly Item[]): boolean {
  const added = now.length - before.length
  const [first] = before
  return first !== undefined && added > 0 && now[0]?.key !== first.key && now[added]?.key === first.key
}

/** Whether this message is drawn by this item. */
export function holds(item: Item, id: MessageId): boolean {
  if ('album' in item) return item.album.some(({ message }) => message === id)
  return 'message' in item && item.message === id
}

/** How many messages these items are. */
export function countMessages(items: readonly Item[]): number {
  return items.reduce((sum, item) => sum + ('album' in item ? item.album.length : 1), 0)
}
