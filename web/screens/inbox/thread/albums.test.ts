import { expect, test } from 'vitest'
import type { MessageId } from '../../../../contract/ids.ts'
import type { Message } from '../../../../contract/message.ts'
import { sampleMessage } from '../../../data/testing/samples.ts'
import { rowOf } from '../../../data/thread.ts'
import { createAlbums } from './albums.ts'
import { buildItems, countMessages, holds, isPrepended, type Item } from './items.ts'

const second = (at: number) => new Date(Date.UTC(2026, 10, 22, 9, 0, at)).toISOString()
const picture = (name: string, at: number, more: Partial<Message> = {}): Message =>
  sampleMessage(name, 0, {
    type: 'image',
    text: undefined,
    attachments: [{ id: `med_${name}`, type: 'image', mime_type: 'image/png', status: 'ready', url: '/x' }],
    sent_at: second(at),
    ...more,
  } as unknown as Partial<Message>)
const itemsOf = (messages: readonly Message[], firstUnread?: MessageId) =>
  buildItems(
    messages.map((message) => rowOf(message)),
    firstUnread,
  ).items
const shapeOf = (items: readonly Item[]) =>
  items.map((item) => ('album' in item ? item.album.map(({ message }) => message.slice(4)).join('') : item.key.slice(4)))

test('pictures and films of one person that came close together are one album', () => {
  const films = { type: 'video', attachments: [{ id: 'med_x', type: 'video', mime_type: 'video/mp4', status: 'ready', url: '/x' }] }
  const all = [picture('a', 0), picture('b', 20, films as never), picture('c', 45), sampleMessage('d', 2), picture('e', 130)]
  expect(shapeOf(createAlbums()(itemsOf(all)))).toEqual(['abc', 'd', 'e'])
})

test.each([
  ['another person', picture('b', 1, { sender: { id: 'con_2', name: 'Іван', is_me: false } })],
  ['our answer', picture('b', 1, { direction: 'outbound' })],
  ['much later', picture('b', 31)],
  ['words of its own', picture('b', 1, { text: 'Це воно' })],
  ['a quote of its own', picture('b', 1, { reply_to: { id: 'msg_x' as MessageId } } as Partial<Message>)],
  ['forwarded', picture('b', 1, { forwarded: true })],
  ['what is no picture', sampleMessage('b', 0, { type: 'document', sent_at: second(1) } as Partial<Message>)],
])('%s stands apart', (_, other) => {
  expect(shapeOf(createAlbums()(itemsOf([picture('a', 0), other])))).toEqual(['a', 'b'])
})

test('the line above what is unread and a note divide an album', () => {
  const all = [picture('a', 0), picture('b', 1), picture('c', 2)]
  expect(shapeOf(createAlbums()(itemsOf(all, 'msg_c' as MessageId)))).toEqual(['ab', 'c'])
  const [a, b, c] = itemsOf(all)
  const note = { key: 'not_1', note: 'not_1', at: second(1), beginsDay: false } as Item
  expect(shapeOf(createAlbums()([a, b, note, c] as Item[]))).toEqual(['ab', '1', 'c'])
})

test('an album keeps its name when pictures are added, and when older ones are put before it', () => {
  const all = Array.from({ length: 6 }, (_, at) => picture(String(at), at))
  const group = createAlbums()
  const alone = group(itemsOf(all.slice(3, 4)))
  const two = group(itemsOf(all.slice(3, 5)))
  const older = group(itemsOf([sampleMessage('x', -9), ...all.slice(0, 5)]))
  const newer = group(itemsOf([sampleMessage('x', -9), ...all]))
  expect([alone[0]?.key, two[0]?.key, older[1]?.key, newer[1]?.key]).toEqual(['msg_3', 'msg_3', 'msg_3', 'msg_3'])
  expect(isPrepended(two, older)).toBe(true)
  expect(group(itemsOf([sampleMessage('x', -9), ...all]))).toHaveLength(2)
})

test('what has not changed is the same item, and each message is found in it', () => {
  const all = [picture('a', 0), picture('b', 1), sampleMessage('c', 2)]
  const group = createAlbums()
  const built = buildItems(
    all.map((message) => rowOf(message)),
    undefined,
  )
  const before = group(built.items)
  const rows = [...built.rows, rowOf(sampleMessage('d', 3))]
  const now = group(buildItems(rows, undefined, built).items)
  expect(now[0]).toBe(before[0])
  expect(now.map((item) => holds(item, 'msg_b' as MessageId))).toEqual([true, false, false])
  expect(countMessages(now)).toBe(4)
})
