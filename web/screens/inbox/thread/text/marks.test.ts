import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Block, type Inline, parseMarks } from './marks.ts'

/** A tree as short text: [b ...] and so on. */
function write(part: Inline): string {
  switch (part.kind) {
    case 'text':
      return part.text
    case 'code':
      return `[c ${part.text}]`
    case 'link':
      return `[a ${part.text}]`
    case 'mention':
      return `[@ ${part.text}]`
    case 'bold':
    case 'italic':
    case 'strike':
      return `[${part.kind[0]} ${part.parts.map(write).join('')}]`
  }
}

function draw(blocks: readonly Block[]): string {
  const drawn = blocks.map((block) => {
    if (block.kind === 'mono') return `{mono ${block.text}}`
    const lines = block.lines.map((line) => line.map(write).join('')).join('\n')
    return block.kind === 'lines' ? lines : `{${block.kind}${block.kind === 'numbers' ? block.start : ''} ${lines}}`
  })
  return drawn.join('|')
}

test.each([
  ['plain', 'plain'],
  ['*bold* _it_ ~st~', '[b bold] [i it] [s st]'],
  ['*a _b ~c~_*', '[b a [i b [s c]]]'],
  ['(*bold*), "_it_".', '([b bold]), "[i it]".'],
  ['2*3*4 and snake_case_name', '2*3*4 and snake_case_name'],
  ['so * not * bold', 'so * not * bold'],
  ['*open', '*open'],
  ['*a _b* c_', '[b a _b] c_'],
  ['*one\ntwo*', '*one\ntwo*'],
  ['**', '**'],
  ['***x***', '**[b x]**'],
  ['`*code*` and ```mono```', '[c *code*] and [c mono]'],
  ['` `', '` `'],
  ['before\n```\nif (a) *b*\n  c\n```\nafter', 'before|{mono if (a) *b*\n  c}|after'],
  ['```never closed\nx', '```never closed\nx'],
  ['> said\n> twice\nanswer', '{quote said\ntwice}|answer'],
  ['- a\n- *b*\n\n1. one\n2. two', '{bullets a\n[b b]}||{numbers1 one\ntwo}'],
  ['7. seven', '{numbers7 seven}'],
  ['-1 degrees', '-1 degrees'],
  ['look: https://example.com/a_b_c, *https://example.com*', 'look: [a https://example.com/a_b_c], [b [a https://example.com]]'],
  ['Україна *жирний* ґ', 'Україна [b жирний] ґ'],
  ['слово*не*жирне', 'слово*не*жирне'],
  ['<b>x</b> &amp; <script>', '<b>x</b> &amp; <script>'],
])('%j', (text, expected) => {
  expect(draw(parseMarks(text))).toBe(expected)
})

test('who is named is one part, whatever signs the name has; what lies outside the text is left out', () => {
  const text = '*Hi @O_l_ena!*'
  const named = [
    { contact_id: 'con_1', offset: 4, length: 8 },
    { contact_id: 'con_2', offset: 6, length: 3 },
    { contact_id: 'con_3', offset: 90, length: 3 },
    { contact_id: 'con_4', offset: -1, length: 3 },
  ]
  expect(draw(parseMarks(text, named))).toBe('[b Hi [@ @O_l_ena]!]')
})

const anyText = fc.array(
  fc.constantFrom('*', '_', '~', '`', '```', '\n', '> ', '- ', '1. ', ' ', 'a', 'ґ', '👍', 'https://e.com/', '.', '\u202E'),
  {
    maxLength: 60,
  },
)

test('nothing but marks is ever lost, and nothing is added', () => {
  const signs = /[*_~`>\n\s-]|\d\. /g
  const flat = (part: Inline): string => ('parts' in part ? part.parts.map(flat).join('') : part.text)
  fc.assert(
    fc.property(anyText, (pieces) => {
      const text = pieces.join('')
      const shown = parseMarks(text).flatMap((block) => (block.kind === 'mono' ? [block.text] : block.lines.flat().map(flat)))
      expect(shown.join('').replaceAll(signs, '')).toBe(text.replaceAll(signs, ''))
    }),
    { numRuns: 2_000 },
  )
})

test.each(['*a ', '_', '`', '```', '*_~`', '> ', '~a~*', '```\n', 'https://e.com/ ', '((((', 'www.'])(
  'a text of nothing but %j is parsed in step with its length',
  (piece) => {
    const nodes = (size: number) => parseMarks(piece.repeat(size / piece.length)).length
    expect(nodes(65_536)).toBeGreaterThan(0)
  },
  5_000,
)
