import { expect, test } from 'vitest'
import { sharedFiles } from './shared-files.ts'
import { sampleMessage } from './testing/samples.ts'

const file = (id: string, type: string, status = 'ready') => sampleMessage(id, 1, { type, attachments: [{ id, type, status }] } as never)

test('pictures and documents that are there, the latest first', () => {
  const { pictures, documents } = sharedFiles([
    file('a', 'image'),
    sampleMessage('text', 1),
    file('b', 'video'),
    file('gone', 'image', 'expired'),
    file('voice', 'audio'),
    file('c', 'document'),
    file('sticker', 'sticker'),
    file('d', 'document'),
  ])
  expect(pictures.map((one) => one.file.id)).toEqual(['b', 'a'])
  expect(documents.map((one) => one.file.id)).toEqual(['d', 'c'])
})
