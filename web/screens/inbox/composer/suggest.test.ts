import { expect, test } from 'vitest'
import { mentionsIn, ranked, replaced, triggerAt } from './suggest.ts'

test.each([
  ['@', 1, { kind: 'mention', query: '', start: 0 }],
  ['Дякую, @Оле', 11, { kind: 'mention', query: 'Оле', start: 7 }],
  ['(@і', 3, { kind: 'mention', query: 'і', start: 1 }],
  ['a@b', 3, undefined],
  ['@Олена Коваль', 13, undefined],
  ['/дяк', 4, { kind: 'canned', query: 'дяк', start: 0 }],
  ['так /дяк', 8, undefined],
  ['/дякую вам', 10, undefined],
  ['Дякую :сон', 10, { kind: 'emoji', query: 'сон', start: 6 }],
  [':с', 2, undefined],
  ['о 10:30', 7, undefined],
  ['тут:так', 7, undefined],
  ['', 0, undefined],
])('%j with the caret at %d asks for %j', (text, caret, expected) => {
  expect(triggerAt(text, caret)).toEqual(expected)
})

test('a piece takes the place of what asked for it', () => {
  expect(replaced('Дякую, @Оле!', 7, 11, '@Олена ')).toEqual({ text: 'Дякую, @Олена !', caret: 14 })
})

test.each([
  ['ол', ['Олена Коваль', 'Інна Олійник', 'Микола']],
  ['ко', ['Олена Коваль', 'Микола']],
  ['ґа', ['Галина']],
  ["м'я", ['М’ята']],
  ['олк', ['Інна Олійник', 'Олена Коваль']],
  ['', ['Микола', 'Інна Олійник', 'Олена Коваль', 'Галина', 'М’ята']],
  ['щось', []],
])('%j finds %j', (query, expected) => {
  const people = ['Микола', 'Інна Олійник', 'Олена Коваль', 'Галина', 'М’ята']
  expect(ranked(people, query, (name) => name)).toEqual(expected)
})

test('who is named stands with offset and length; a longer name is not cut short', () => {
  const people = [
    { contact_id: 'con_1', name: 'Олена' },
    { contact_id: 'con_2', name: 'Олена Коваль' },
    { contact_id: 'con_3', name: 'Іван' },
  ]
  expect(mentionsIn('😀 @Олена Коваль, @Іван і @Оленка', people)).toEqual([
    { contact_id: 'con_2', offset: 3, length: 13 },
    { contact_id: 'con_3', offset: 18, length: 5 },
  ])
  expect(mentionsIn('нікого', people)).toEqual([])
})
