import { expect, test } from 'vitest'
import { sampleMessage } from '../../../data/testing/samples.ts'
import { justAnswered } from './colleague.ts'

const maria = { id: 'usr_2', name: 'Марія', is_me: false }
const answer = (more: object) => sampleMessage('a', 5, { direction: 'outbound', origin: 'inbox', sender: maria, ...more })
const soon = Date.parse(sampleMessage('x', 5).sent_at) + 15_000

test.each([
  ['a colleague has just answered', answer({}), soon, true],
  ['a colleague has answered on the phone', answer({ origin: 'phone' }), soon, true],
  ['a colleague answered long ago', answer({}), soon + 60_000, false],
  ['oneself', answer({ sender: { ...maria, is_me: true } }), soon, false],
  ['a program', answer({ origin: 'api' }), soon, false],
  ['the customer', sampleMessage('a', 5), soon, false],
])('%s', (_, message, now, expected) => {
  expect(justAnswered([sampleMessage('b', 1), message, undefined, sampleMessage('c', 5)], now)).toBe(expected ? message : undefined)
})
