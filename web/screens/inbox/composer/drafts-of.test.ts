import { expect, test } from 'vitest'
import type { MessageId } from '../../../../contract/ids.ts'
import { draftsOf, type Fitted } from './drafts-of.ts'

const reply = { reply_to_id: 'msg_1' as MessageId }
const fitted = (name: string, hasCaption: boolean, caption = ''): Fitted => ({
  item: { key: name, file: new File([], name), caption, asDocument: false, isVoice: false },
  fit: { ok: true, type: hasCaption ? 'image' : 'audio', hasCaption, mayBeVoice: !hasCaption },
})
const short = (drafts: ReturnType<typeof draftsOf>) =>
  drafts.map(({ text, file, reply_to_id }) => `${file?.file.name ?? '-'}:${text}${reply_to_id ? ' (reply)' : ''}`)

test.each([
  ['a text', [], 'Слова', ['-:Слова (reply)']],
  ['a file with its caption', [fitted('a', true)], 'Слова', ['a:Слова (reply)']],
  ['a file without words', [fitted('a', true)], '', ['a: (reply)']],
  ['a file that carries no words, and the text after it', [fitted('a', false)], 'Слова', ['a: (reply)', '-:Слова']],
  [
    'files with words of their own, and the text after them',
    [fitted('a', true, 'перша'), fitted('b', true)],
    'Слова',
    ['a:перша (reply)', 'b:', '-:Слова'],
  ],
])('%s', (_, files, said, expected) => {
  expect(short(draftsOf(files, said, [], reply))).toEqual(expected)
})
