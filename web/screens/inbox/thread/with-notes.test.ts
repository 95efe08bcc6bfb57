import { expect, test } from 'vitest'
import type { MessageId } from '../../../../contract/ids.ts'
import type { Note } from '../../../../contract/note.ts'
import { chat } from '../../../data/testing/samples.ts'
import { emptyThread } from '../../../data/thread.ts'
import { buildItems } from './items.ts'
import { withNotes } from './with-notes.ts'

const at = (day: number, hour: number) => new Date(2026, 10, day, hour).toISOString()
const messages = (...times: readonly (readonly [number, number])[]) =>
  buildItems(
    times.map(([day, hour]) => ({ key: `m${day}.${hour}`, id: `msg_${day}_${hour}` as MessageId, at: at(day, hour) })),
    undefined,
  ).items
const note = (day: number, hour: number, more: Partial<Note> = {}): Note => ({
  id: `n${day}.${hour}` as Note['id'],
  conversation_id: chat,
  author: { id: 'usr_1', name: 'Марія' },
  text: 'x',
  mentions: [],
  created_at: at(day, hour),
  ...more,
})
const drawn = (items: ReturnType<typeof withNotes>) =>
  items.map((item) => `${'beginsDay' in item && item.beginsDay ? '|' : ''}${item.key}`).join(' ')
const whole = { ...emptyThread, hasOlder: false }

test.each([
  ['between messages', [note(1, 10)], whole, '|m1.9 n1.10 m1.11 |m2.9'],
  ['as the first of a day', [note(2, 8)], whole, '|m1.9 m1.11 |n2.8 m2.9'],
  ['on a day of its own', [note(3, 8)], whole, '|m1.9 m1.11 |m2.9 |n3.8'],
  ['before all', [note(1, 8)], whole, '|n1.8 m1.9 m1.11 |m2.9'],
  ['from before what is loaded', [note(1, 8)], { ...whole, hasOlder: true }, '|m1.9 m1.11 |m2.9'],
  ['from after an earlier part', [note(3, 8)], { ...whole, hasNewer: true }, '|m1.9 m1.11 |m2.9'],
  ['deleted', [note(1, 10, { deleted_at: at(1, 12) })], whole, '|m1.9 m1.11 |m2.9'],
])('a note %s', (_, notes, thread, expected) => {
  expect(drawn(withNotes(messages([1, 9], [1, 11], [2, 9]), notes, thread))).toBe(expected)
})

test('a conversation of notes alone', () => {
  expect(drawn(withNotes([], [note(1, 8), note(1, 9)], whole))).toBe('|n1.8 n1.9')
})
