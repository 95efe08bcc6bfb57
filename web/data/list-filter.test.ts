import { expect, test } from 'vitest'
import type { ChannelId, UserId } from '../../contract/ids.ts'
import { filterKey, filterQuery, isNarrowed, type ListFilter, listViews, matchesFilter } from './list-filter.ts'
import { sampleConversation } from './testing/samples.ts'

const me = 'usr_me' as UserId
const other = 'usr_other' as UserId
const chat = (more: Parameters<typeof sampleConversation>[2]) => sampleConversation('a', 1, more)

test.each([
  ['open and mine', chat({ assignee_id: me }), ['mine', 'all']],
  ["open and another's", chat({ assignee_id: other }), ['all']],
  ["open and nobody's", chat({}), ['unassigned', 'all']],
  ['closed and mine', chat({ status: 'closed', assignee_id: me }), ['closed']],
  ['snoozed', chat({ status: 'snoozed' }), ['snoozed']],
])('a conversation that is %s', (_, conversation, views) => {
  expect(listViews.filter((view) => matchesFilter(conversation, { view }, me))).toEqual(views)
})

const number = 'chn_1' as ChannelId
test.each<[Partial<ListFilter>, boolean]>([
  [{ unread: true }, true],
  [{ label: 'VIP' }, true],
  [{ label: 'vip' }, false],
  [{ assignee: other }, true],
  [{ assignee: me }, false],
  [{ number }, true],
  [{ number: 'chn_2' as ChannelId }, false],
  [{ unread: true, label: 'VIP', number }, true],
])('narrowed by %j: %s', (narrow, expected) => {
  const filter: ListFilter = { view: 'all', ...narrow }
  expect(isNarrowed(filter)).toBe(true)
  expect(matchesFilter(chat({ unread_count: 2, labels: ['VIP'], assignee_id: other }), filter, me)).toBe(expected)
})

test('the server is asked for the same', () => {
  expect(filterQuery({ view: 'mine', assignee: other })).toEqual({ status: 'open', assignee: 'me' })
  expect(filterQuery({ view: 'unassigned', unread: true })).toEqual({ status: 'open', assignee: 'none', unread: true })
  expect(filterQuery({ view: 'closed', label: 'VIP', number, assignee: other })).toEqual({
    status: 'closed',
    label: 'VIP',
    channel_id: number,
    assignee: other,
  })
})

test('equal filters have one key', () => {
  expect(filterKey({ view: 'all', unread: false })).toBe(filterKey({ view: 'all' }))
  expect(filterKey({ view: 'all', label: 'a' })).not.toBe(filterKey({ view: 'all', assignee: 'a' as UserId }))
})
