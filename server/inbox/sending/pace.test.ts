import { expect, test } from 'vitest'
import type { ChannelId, ConversationId, MessageId } from '../../../contract/ids.ts'
import type { PacedLine } from '../../db/outbox.ts'
import type { PaceUse } from '../../db/pace.ts'
import { freeAt, paced } from './pace.ts'

const now = 1_000_000
const channel_id = 'chn_1' as ChannelId
const line = (seq: number, more: Partial<PacedLine> = {}): PacedLine => ({
  seq: String(seq),
  id: `a${seq}`,
  kind: 'message',
  message_id: `msg_${seq}` as MessageId,
  conversation_id: `cnv_${seq}` as ConversationId,
  channel_id,
  fresh: true,
  is_unheard: false,
  is_paced: true,
  opens_chat: false,
  held_for: null,
  interrupted: false,
  ...more,
})
const use = (limit: number, begun: readonly number[], more: Partial<PaceUse> = {}): PaceUse => ({
  channel_id,
  reason: 'messages_per_minute',
  limit,
  begun,
  promised: [],
  ...more,
})
const told = (due: readonly PacedLine[], uses: readonly PaceUse[]) => {
  const { go, wait } = paced(due, uses, now)
  return { go: go.map((one) => one.seq), wait: wait.map((one) => [one.line.seq, one.reason, one.until - now]) }
}

test.each<[what: string, times: readonly number[], limit: number, at: number]>([
  ['nothing was sent', [], 2, 0],
  ['there is room', [-10_000], 2, 0],
  ['full: as soon as the oldest that counts is a minute old', [-50_000, -10_000], 2, 10_000],
  ['behind what is promised', [-50_000, -10_000, 10_000, 50_000], 2, 70_000],
  ['a limit of nothing', [], 0, 60_000],
])('the next may go, where %s', (_, times, limit, at) => {
  const shuffled = times.map((time) => now + time).toReversed()
  expect(freeAt(shuffled, limit, 60_000, now) - now).toBe(at)
})

test('what is above the pace waits, each with a time of its own', () => {
  const due = [line(1), line(2), line(3), line(4), line(5)]
  expect(told(due, [use(2, [now - 30_000])])).toEqual({
    go: ['1'],
    wait: [
      ['2', 'messages_per_minute', 30_000],
      ['3', 'messages_per_minute', 60_000],
      ['4', 'messages_per_minute', 90_000],
      ['5', 'messages_per_minute', 120_000],
    ],
  })
})

test('who was promised a time goes before who comes later, and is counted again after a sleep', () => {
  const promised = [now + 10_000, now + 20_000]
  const back = { held_for: 'messages_per_minute' as const }
  expect(told([line(1, back), line(9)], [use(2, [now - 50_000], { promised })])).toEqual({
    go: ['1'],
    wait: [['9', 'messages_per_minute', 70_000]],
  })
  expect(told([line(1, back), line(2, back), line(3, back)], [use(2, [])])).toEqual({
    go: ['1', '2'],
    wait: [['3', 'messages_per_minute', 60_000]],
  })
})

test('deeds and what was begun before wait for nothing; other numbers have a pace of their own', () => {
  const other = 'chn_2' as ChannelId
  const due = [line(1, { kind: 'deed' }), line(2, { fresh: false }), line(3), line(4, { channel_id: other })]
  expect(told(due, [use(1, [now]), use(1, [], { channel_id: other })])).toEqual({
    go: ['1', '2', '4'],
    wait: [['3', 'messages_per_minute', 60_000]],
  })
  expect(told([line(1)], [])).toEqual({ go: ['1'], wait: [] })
})

test('a new chat waits for both limits, and an old one goes on meanwhile', () => {
  const chats = use(1, [now - 3_600_000], { reason: 'new_chats_per_day' })
  expect(told([line(1, { opens_chat: true }), line(2)], [use(5, []), chats])).toEqual({
    go: ['2'],
    wait: [['1', 'new_chats_per_day', 23 * 3_600_000]],
  })
})
