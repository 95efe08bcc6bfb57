import { expect, test } from 'vitest'
import { offered, parseRecent, remembered } from './entries.ts'

const entries = [
  { id: 'close', label: 'Закрити розмову', group: 'Дії', text: 'Закрити розмову Close the conversation' },
  { id: 'theme', label: 'Темна тема', group: 'Вигляд', text: 'Темна тема Dark theme' },
  { id: 'olena', label: 'Олена Коваль', group: 'Люди', text: 'Олена Коваль +380671234567' },
]

test.each([
  ['закр', ['close']],
  ['close', ['close']],
  ['CLOSE conv', ['close']],
  ['тема dark', ['theme']],
  ['0671', ['olena']],
  ['нічого', []],
])('%s finds %j', (query, ids) => expect(offered(entries, query, ['theme'], 'Недавні').map(({ id }) => id)).toEqual(ids))

test('without words the last ones come first, each once', () => {
  const all = offered(entries, ' ', ['olena', 'gone'], 'Недавні')
  expect(all.map(({ id, group }) => `${group}: ${id}`)).toEqual(['Недавні: olena', 'Дії: close', 'Вигляд: theme'])
})

test('the last ones are remembered, each once and not too many', () => {
  expect(remembered(['a', 'b'], 'b')).toEqual(['b', 'a'])
  expect(remembered('abcdefgh'.split(''), 'i')).toHaveLength(8)
})

test.each([
  [null, []],
  ['{', []],
  ['{"a":1}', []],
  ['["a",1,"b"]', ['a', 'b']],
])('stored %s is read as %j', (text, ids) => expect(parseRecent(text)).toEqual(ids))
