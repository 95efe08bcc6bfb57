import { expect, test } from 'vitest'
import { highlight, type Piece, snippet } from './snippet.ts'

const shown = (pieces: readonly Piece[]) => pieces.map(({ text, isHit }) => (isHit ? `[${text}]` : text)).join('')

test.each([
  ['Чи є фарба?', 'фарб', 'Чи є [фарб]а?'],
  ['ФАРБА і фарба', 'фарба', '[ФАРБА] і [фарба]'],
  ['м’ята', "м'ят", '[м’ят]а'],
  ['Олена Коваль', 'кова оле', '[Оле]на [Кова]ль'],
  ['аааа', 'аа', '[аа][аа]'],
  ['ананас', 'анан нана', '[анан][а]с'],
  ['нічого', 'щось', 'нічого'],
  ['', 'щось', ''],
  ['+380 50', '', '+380 50'],
])('%s with %s: %s', (text, query, expected) => expect(shown(highlight(text, query))).toBe(expected))

test.each([
  ['Чи є\nфарба?', 'фарба', 'Чи є [фарба]?'],
  [`${'дуже '.repeat(20)}гарна фарба`, 'фарба', '…дуже дуже дуже гарна [фарба]'],
  [`${'я'.repeat(60)}фарба`, 'фарба', `…${'я'.repeat(24)}[фарба]`],
  ['довгий текст, у якому нічого немає зовсім', 'фарба', 'довгий текст, у якому нічого немає зовсім'],
])('a snippet of %s for %s', (text, query, expected) => expect(shown(snippet(text, query))).toBe(expected))
