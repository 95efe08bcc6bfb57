import { expect, test } from 'vitest'
import { findPeople } from './find-people.ts'
import { sampleConversation } from './testing/samples.ts'

const contact = (name: string, phone?: string, username?: string) => ({ contact: { name, phone, username } as never })
const people = [
  sampleConversation('Олена Коваль', 5, contact('Олена Коваль', '+380671234567')),
  sampleConversation('Коваль і сини', 3, { type: 'group' }),
  sampleConversation("Мар'яна", 4, contact("Мар'яна", undefined, 'mariana_k')),
  sampleConversation('+14155550100', 9, contact('', '+14155550100')),
]

test.each([
  ['коваль', ['Коваль і сини', 'Олена Коваль']],
  ['оле ков', ['Олена Коваль']],
  ['мар’яна', ["Мар'яна"]],
  ['mariana', ["Мар'яна"]],
  ['067 123', ['Олена Коваль']],
  ['+1 (415) 555', ['+14155550100']],
  ['99', []],
  ['нікого', []],
  ['  ', []],
])('%s finds %j', (query, names) => {
  expect(findPeople(people, query, 10)).toEqual(names.map((name) => `cnv_${name}`))
})

test('no more than the limit, the latest of them', () => {
  const many = [1, 2, 3].map((minute) => sampleConversation(`Іван ${minute}`, minute))
  expect(findPeople(many, 'іван', 2)).toEqual(['cnv_Іван 3', 'cnv_Іван 2'])
})
