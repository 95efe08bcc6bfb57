import { expect, test } from 'vitest'
import { defaultPreferences, parsePreferences } from './preferences.ts'

test.each([
  [null, {}],
  ['', {}],
  ['null', {}],
  ['[]', {}],
  ['{"theme":"dark","size":"huge","panel":1,"other":true}', { theme: 'dark' }],
  ['{"panel":true,"sound":true,"notify":"mine","keys":false}', { panel: true, sound: true, notify: 'mine', keys: false }],
])('%s is read as %j besides the defaults', (text, expected) => {
  expect(parsePreferences(text)).toEqual({ ...defaultPreferences, ...expected })
})

test('what is written is read again', () => {
  const chosen = { ...defaultPreferences, theme: 'light', preview: false } as const
  expect(parsePreferences(JSON.stringify(chosen))).toEqual(chosen)
})
