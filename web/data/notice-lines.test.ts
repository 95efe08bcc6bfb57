import { expect, test } from 'vitest'
import type { ChannelId, NoticeId } from '../../contract/ids.ts'
import type { ChannelNotice } from '../../contract/notice.ts'
import { noticeLines } from './notice-lines.ts'

const time = (minute: number) => new Date(Date.UTC(2026, 10, 23, 9, minute)).toISOString()
const notice = (id: number, number: string, type: ChannelNotice['type'] = 'channel_down'): ChannelNotice => ({
  id: `ntc_${String(id).padStart(3, '0')}` as NoticeId,
  type,
  channel_id: `chn_${number}` as ChannelId,
  channel_name: number,
  status: type === 'channel_down' ? 'degraded' : 'connected',
  since: time(id),
  created_at: time(id + 5),
})
const told = (before: readonly ChannelNotice[], now: readonly ChannelNotice[] = [], hidden: readonly string[] = []) =>
  noticeLines(before, now, hidden).map((line) => (line.kind === 'one' ? `${line.notice.channel_name} ${line.notice.type}` : line))

test('a number that fell is told until it is back, and its return once', () => {
  expect(told([notice(1, 'sales')])).toEqual(['sales channel_down'])
  expect(told([notice(1, 'sales')], [notice(2, 'sales', 'channel_back')])).toEqual(['sales channel_back'])
  expect(told([notice(1, 'sales'), notice(2, 'sales', 'channel_back')])).toEqual([])
})

test('a few are told one by one, many in one line, since the first of them', () => {
  const fallen = ['a', 'b', 'c', 'd'].map((number, index) => notice(index + 1, number))
  expect(told(fallen.slice(1))).toEqual(['b channel_down', 'c channel_down', 'd channel_down'])
  expect(told(fallen)).toEqual([
    { kind: 'many', type: 'channel_down', count: 4, since: time(1), ids: ['ntc_001', 'ntc_002', 'ntc_003', 'ntc_004'] },
  ])
})

test('those that are down stand before those that are back, and what was hidden stays so', () => {
  const back = ['a', 'b', 'c', 'd'].map((number, index) => notice(index + 20, number, 'channel_back'))
  const lines = told([notice(1, 'sales'), notice(2, 'shop')], back, ['ntc_002'])
  expect(lines).toEqual(['sales channel_down', expect.objectContaining({ kind: 'many', type: 'channel_back', count: 4 })])
})
