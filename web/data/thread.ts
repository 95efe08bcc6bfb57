import type { ErrorCode } from '../../contract/error.ts'
import type { ConversationId, MessageId } from '../../contract/ids.ts'
import type { Message, MessageInput } from '../../contract/message.ts'
import { albumOf } from './album.ts'

/** A line of a thread. `key` stays the same when an optimistic row becomes a stored message, so that nothing jumps. */
export interface Row {
  readonly key: string
  readonly id: MessageId
  /** When it was sent, RFC 3339 in UTC, which sorts as text. */
  readonly at: string
  /** With which neighbours it may stand in one grid: see `albumOf`. */
  readonly album?: string
}

/**
 * What is loaded of one conversation, oldest first and without holes: up to now, or an earlier part of it while `hasNewer`. `pending` are
 * sends that have no message yet. `empty` was never asked for; `stale` rows are shown until the newest page has been read again.
 */
export interface Thread {
  readonly rows: readonly Row[]
  readonly pending: readonly string[]
  /** Messages of the loaded part that were not sent, and sends that were refused. */
  readonly failed: readonly MessageId[]
  readonly failedSends: readonly string[]
  readonly state: 'empty' | 'loading' | 'ready' | 'stale'
  readonly hasOlder: boolean
  readonly hasNewer: boolean
  /** What events have told of beyond an earlier part; it is shown once the part reaches up to it. */
  readonly beyond: readonly Row[]
  /** Counts the times at which another part took the place of this one. */
  readonly part: number
}

/** A page of a thread: its newest, one beside what is loaded, or the surroundings of one message. */
export interface Page {
  readonly rows: readonly Row[]
  readonly kind: 'newest' | 'older' | 'newer' | 'around'
  readonly hasOlder: boolean
  readonly hasNewer: boolean
}

/**
 * A send that the server has not answered yet. `key` names it and is its idempotency key, so a repeat never sends twice.
 * `file` waits for its upload; `seen_as` is the message that the feed has shown for it before the answer came.
 */
export interface Outgoing {
  readonly key: string
  readonly conversation_id: ConversationId
  readonly created_at: string
  readonly input: MessageInput
  readonly file_name?: string
  /** What the contact will read, where that does not stand in the input. */
  readonly preview?: string
  readonly file?: File
  /** How much of the file has gone, from 0 to 1. */
  readonly progress?: number
  readonly state: 'waiting' | 'sending' | 'failed'
  readonly error?: ErrorCode
  readonly seen_as?: MessageId
}

export const emptyThread: Thread = {
  rows: [],
  pending: [],
  failed: [],
  failedSends: [],
  state: 'empty',
  hasOlder: true,
  hasNewer: false,
  beyond: [],
  part: 0,
}

export function rowOf(message: Message, key: string = message.id): Row {
  const album = albumOf(message)
  return { key, id: message.id, at: message.sent_at, ...(album === undefined ? {} : { album }) }
}

/** The rows with this one in its place; the same array when it is there already. */
export function insertRow(rows: readonly Row[], row: Row): readonly Row[] {
  const index = placeOf(rows, row)
  if (rows[index]?.id === row.id) return rows
  return [...rows.slice(0, index), row, ...rows.slice(index)]
}

/** The rows without this one; it is looked for at the place which it names. */
export function removeRow(rows: readonly Row[], row: Row): readonly Row[] {
  const index = placeOf(rows, row)
  return rows[index]?.id === row.id ? [...rows.slice(0, index), ...rows.slice(index + 1)] : rows
}

/** Two lists as one, in order, each id once. */
function mergeRows(rows: readonly Row[], page: readonly Row[]): readonly Row[] {
  const sorted = page.toSorted(compareRows)
  const last = sorted.at(-1)
  const first = rows[0]
  if (!last) return rows
  if (!first || compareRows(last, first) < 0) return [...sorted, ...rows]
  return sorted.reduce(insertRow, rows)
}

/**
 * A thread with one more page. An older or newer one is put beside what is loaded. The newest page of a thread that was not ready, and the
 * surroundings of a message, begin it anew; of what stood there only what events have told since the page was read is kept.
 */
export function withPage(thread: Thread, page: Page): Thread {
  switch (page.kind) {
    case 'older':
      return { ...thread, rows: mergeRows(thread.rows, page.rows), state: 'ready', hasOlder: page.hasOlder }
    case 'newer':
      return joined({ ...thread, rows: mergeRows(thread.rows, page.rows), hasNewer: page.hasNewer })
    case 'around':
      return joined({ ...thread, ...beginning(page), beyond: [...thread.beyond, ...thread.rows], part: thread.part + 1 })
    case 'newest':
      return withNewest(thread, page)
  }
}

function withNewest(thread: Thread, page: Page): Thread {
  if (thread.state === 'ready' && !thread.hasNewer) return { ...thread, rows: mergeRows(thread.rows, page.rows) }
  const newest = page.rows.toSorted(compareRows).at(-1)
  const known = [...thread.rows, ...thread.beyond]
  const kept = newest ? known.filter((row) => row.at > newest.at || row.id === newest.id) : known
  const part = thread.hasNewer ? thread.part + 1 : thread.part
  return { ...thread, ...beginning(page), rows: mergeRows(kept.toSorted(compareRows), page.rows), beyond: [], part }
}

function beginning({ rows, hasOlder, hasNewer }: Page): Pick<Thread, 'rows' | 'state' | 'hasOlder' | 'hasNewer'> {
  return { rows: rows.toSorted(compareRows), state: 'ready', hasOlder, hasNewer }
}

/** Once nothing is missing between the part and now, what events have told of later is shown. */
function joined(thread: Thread): Thread {
  const last = thread.rows.at(-1)
  const later = last ? thread.beyond.filter((row) => compareRows(row, last) > 0) : thread.beyond
  return thread.hasNewer ? { ...thread, beyond: later } : { ...thread, rows: mergeRows(thread.rows, later), beyond: [] }
}

/** Older than the loaded part: such a message comes with its page, or there would be a hole after it. */
export function isBeforeLoaded(thread: Thread, message: Message): boolean {
  const [oldest] = thread.rows
  return thread.state === 'ready' && thread.hasOlder && oldest !== undefined && message.sent_at < oldest.at
}

/** Newer than the loaded part, which does not reach up to now. */
export function isBeyondLoaded({ hasNewer, rows }: Thread, message: Message): boolean {
  const last = rows.at(-1)
  return hasNewer && last !== undefined && compareRows(rowOf(message), last) > 0
}

/** Whether this message may be what the send has become. */
export function looksLike(send: Outgoing, message: Message): boolean {
  if (send.state === 'failed' || message.direction !== 'outbound' || message.origin !== 'inbox' || !message.sender.is_me) return false
  const [file] = send.input.attachments ?? []
  if (file) return 'attachments' in message && message.attachments[0]?.id === file.media_id
  return message.type === 'text' && message.text === send.input.text
}

function compareRows(a: Row, b: Row): number {
  if (a.at !== b.at) return a.at < b.at ? -1 : 1
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0
}

/** The index of the first row that does not stand before this one. */
function placeOf(rows: readonly Row[], row: Row): number {
  const last = rows.at(-1)
  if (!last || compareRows(last, row) < 0) return rows.length
  let low = 0
  let high = rows.length
  while (low < high) {
    const middle = (low + high) >> 1
    const candidate = rows[middle]
    if (candidate && compareRows(candidate, row) < 0) low = middle + 1
    else high = middle
  }
  return low
}
