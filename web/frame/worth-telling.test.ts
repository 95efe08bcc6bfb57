import { expect, test } from 'vitest'
import type { UserId } from '../../contract/ids.ts'
import { sampleConversation, sampleMessage } from '../data/testing/samples.ts'
import { isWorthTelling } from './worth-telling.ts'

const me = 'usr_me' as UserId
const now = Date.parse('2026-11-22T09:01:30Z')
const mine = sampleConversation('a', 1, { assignee_id: me })
const others = sampleConversation('a', 1, { assignee_id: 'usr_other' as UserId })
const nobodys = sampleConversation('a', 1)
const message = sampleMessage('a', 1)

test.each([
  ['mine', message, mine, 'mine', true],
  ["nobody's", message, nobodys, 'mine', true],
  ["another's", message, others, 'mine', false],
  ["another's, but all are wanted", message, others, 'all', true],
  ['nothing is wanted', message, mine, 'off', false],
  ['our own', sampleMessage('a', 1, { direction: 'outbound', origin: 'inbox' }), mine, 'all', false],
  ['from the history', sampleMessage('a', 1, { origin: 'history' }), mine, 'all', false],
  ['old', sampleMessage('a', 0), mine, 'all', false],
] as const)('%s', (_, said, conversation, rule, expected) => {
  expect(isWorthTelling(said, { conversation, rule, me, now })).toBe(expected)
})
