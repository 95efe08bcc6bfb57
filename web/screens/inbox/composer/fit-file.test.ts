import { expect, test } from 'vitest'
import { acceptOf, fitFile } from './fit-file.ts'

const files = {
  image: { mime_types: ['image/jpeg', 'image/png'], max_bytes: 5_000 },
  audio: { mime_types: ['audio/ogg; codecs=opus', 'audio/mpeg'], max_bytes: 16_000, max_caption: 0 },
  document: { mime_types: ['*/*'], max_bytes: 100_000 },
}

test.each([
  ['a picture that is taken', 'image/png', 100, { ok: true, type: 'image', hasCaption: true }],
  ['a picture that is too big for a picture', 'image/png', 6_000, { ok: false, reason: 'too_big', maxBytes: 5_000, asDocument: true }],
  ['a picture of another type', 'image/heic', 100, { ok: true, type: 'document' }],
  ['a voice note', 'audio/ogg', 100, { ok: true, type: 'audio', hasCaption: false, mayBeVoice: true }],
  ['music', 'audio/mpeg', 100, { ok: true, type: 'audio', mayBeVoice: false }],
  ['a film where no film is taken', 'video/mp4', 100, { ok: true, type: 'document' }],
  ['a file without a type', '', 100, { ok: true, type: 'document' }],
  ['what is too big for all', 'image/png', 200_000, { ok: false, reason: 'too_big', maxBytes: 100_000, asDocument: false }],
])('%s', (_, type, size, expected) => {
  expect(fitFile({ type, size }, files)).toMatchObject(expected)
})

test('a picture goes as a document where one wants it so', () => {
  expect(fitFile({ type: 'image/png', size: 6_000 }, files, true)).toMatchObject({ ok: true, type: 'document' })
  expect(fitFile({ type: 'image/png', size: 200_000 }, files, true)).toMatchObject({ ok: false, maxBytes: 100_000, asDocument: false })
})

test('what nothing takes', () => {
  expect(fitFile({ type: 'text/csv', size: 1 }, { image: files.image })).toEqual({ ok: false, reason: 'wrong_type' })
  expect(fitFile({ type: 'image/png', size: 1 }, {})).toEqual({ ok: false, reason: 'wrong_type' })
})

test('the file dialog offers what is taken', () => {
  expect(acceptOf({ image: files.image })).toBe('image/jpeg,image/png')
  expect(acceptOf(files)).toBe('')
})
