import type { Note } from '../../../../contract/note.ts'
import { dayKey } from '../../../i18n/formats.ts'
import type { Thread } from '../../../data/thread.ts'
import type { Item, MessageItem, NoteItem } from './items.ts'

/**
 * Notes in their places among the messages. Those from before or after the loaded part come with it. Where a note is the first of its day,
 * it carries the day in the message's place.
 */
export function withNotes(messages: readonly MessageItem[], notes: readonly Note[], { hasOlder, hasNewer }: Thread): readonly Item[] {
  const [oldest, newest] = [messages[0]?.at, messages.at(-1)?.at]
  const shown = notes.filter(({ created_at: at, deleted_at }) => {
    if (deleted_at !== undefined) return false
    return !(hasOlder && oldest !== undefined && at < oldest) && !(hasNewer && newest !== undefined && at > newest)
  })
  if (shown.length === 0) return messages
  const items: Item[] = []
  let next = 0
  for (const message of messages) {
    for (let note = shown[next]; note && note.created_at < message.at; note = shown[++next]) items.push(noteItem(note, items.at(-1)))
    const last = items.at(-1)
    const isSaid = message.beginsDay && last !== undefined && dayKey(last.at ?? '') === dayKey(message.at)
    items.push(isSaid ? { ...message, beginsDay: false } : message)
  }
  for (const note of shown.slice(next)) items.push(noteItem(note, items.at(-1)))
  return items
}

function noteItem({ id, created_at: at }: Note, before: Item | undefined): NoteItem {
  return { key: id, note: id, at, beginsDay: before?.at === undefined || dayKey(before.at) !== dayKey(at) }
}
