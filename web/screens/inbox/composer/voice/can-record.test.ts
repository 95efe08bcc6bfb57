import { expect, test } from 'vitest'
import { typeToRecord } from './can-record.ts'

test.each([
  ['Firefox', ['audio/ogg;codecs=opus', 'audio/webm;codecs=opus'], 'audio/ogg;codecs=opus'],
  ['Chromium', ['audio/webm;codecs=opus', 'audio/mp4;codecs=opus'], 'audio/webm;codecs=opus'],
  ['an old Safari', ['audio/mp4'], undefined],
])('%s records %j as %s', (_, supported, expected) => {
  expect(typeToRecord((type) => supported.includes(type))).toBe(expected)
})
