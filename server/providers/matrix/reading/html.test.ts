import fc from 'fast-check'
import { expect, test } from 'vitest'
import { htmlToText } from './html.ts'

test.each([
  ['plain', 'plain'],
  ['a <strong>b</strong> <em>c</em> <del>d</del> <code>e</code>', 'a *b* _c_ ~d~ `e`'],
  ['<b> b </b>c', ' *b* c'],
  ['one<br/>two<br>three', 'one\ntwo\nthree'],
  ['<p>one</p>\n<p>two</p>', 'one\ntwo'],
  ['<pre><code>let a = 1\n  b\n</code></pre>', '```let a = 1\n  b```'],
  ['<blockquote>one<br>two</blockquote>three', '> one\n> two\nthree'],
  ['<ul><li>a</li><li>b</li></ul>', '- a\n- b'],
  ['<ol start="3"><li>a</li>\n<li>b</li></ol>', '3. a\n4. b'],
  ['<a href="https://matrix.to/#/@whatsapp_1:s">@Olena</a>: hi', '@Olena: hi'],
  ['<a href="https://example.com/a">https://example.com/a</a>', 'https://example.com/a'],
  ['<a href="https://example.com/a">here</a>', 'here (https://example.com/a)'],
  ['<a href="javascript:alert(1)">x</a>', 'x'],
  ['&lt;b&gt; &amp; &quot;q&quot; &#39;a&#x27; &nope; &#xD800;', '<b> & "q" \'a\' &nope; '],
  ['<mx-reply><blockquote>quoted</blockquote></mx-reply>mine', 'mine'],
  ['<script>bad()</script>ok', 'ok'],
  ['<custom>kept</custom> <unclosed>too', 'kept too'],
  ['a < b > c', 'a < b > c'],
  ['</b>never opened', 'never opened'],
  ['<b><i>both</b> after', '*_both_* after'],
])('%s', (html, text) => {
  expect(htmlToText(html)?.text).toBe(text.trimEnd())
})

test('a forwarded notice is a flag, not a text', () => {
  expect(htmlToText('<p data-mx-forwarded-notice><em>↷ Forwarded</em></p><p>hello</p>')).toEqual({
    text: 'hello',
    forwarded: true,
    mentions: [],
  })
})

const pill = (user: string, shown: string) => `<a href="https://matrix.to/#/${user}">${shown}</a>`
test.each([
  ['a name in a text', `hi ${pill('@whatsapp_1:s', 'Олена')}, ok`, 'hi @Олена, ok', [['@whatsapp_1:s', '@Олена']]],
  ['a name with its phone', `${pill('@whatsapp_1:s', 'Olena [+380671234567]')}!`, '@Olena!', [['@whatsapp_1:s', '@Olena']]],
  [
    'within marks',
    `<strong>${pill('@a:s', 'A')} b</strong> ${pill('@b:s', '@B')}`,
    '*@A b* @B',
    [
      ['@a:s', '@A'],
      ['@b:s', '@B'],
    ],
  ],
  ['behind an emoji', `👍 ${pill('@a:s', 'A')}`, '👍 @A', [['@a:s', '@A']]],
  [
    'within a quote and a list',
    `<blockquote>x<br>${pill('@a:s', 'A')}</blockquote><ul><li>${pill('@b:s', 'B')}</li></ul>`,
    '> x\n> @A\n- @B',
    [
      ['@a:s', '@A'],
      ['@b:s', '@B'],
    ],
  ],
  ['by an encoded link', pill('%40a%3As', 'A'), '@A', [['@a:s', '@A']]],
  ['a room is nobody', pill('#room:s', 'Room'), 'Room', []],
  ['a forged mark', `\u0003${'0'}\u0004x\u0005 &#3;0&#4;y&#5; ${pill('@a:s', 'A')}`, '0x 0y @A', [['@a:s', '@A']]],
])('tells where names stand: %s', (_, html, text, named) => {
  const read = htmlToText(html)
  expect(read?.text).toBe(text)
  expect(read?.mentions.map(({ user, offset, length }) => [user, read.text.slice(offset, offset + length)])).toEqual(named)
})

test.each([
  ['too long', 'x'.repeat(70_000)],
  ['too deep', '<div>'.repeat(100)],
  ['too many', '<b>x</b>'.repeat(3_000)],
])('gives up on what is %s', (_, html) => {
  expect(htmlToText(html)).toBeUndefined()
})

test('never throws and never takes long', () => {
  const piece = fc.constantFrom(
    '<',
    '>',
    '</',
    '<b',
    '<b>',
    '</b>',
    '<a href="',
    '"',
    "'",
    '=',
    '<!--',
    '-->',
    '&#',
    ';',
    'x',
    ' ',
    '<pre>',
    '<li>',
    '<ol start=',
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 3_000 }), (pieces) => {
      const read = htmlToText(pieces.join(''))
      expect(read === undefined || typeof read.text === 'string').toBe(true)
    }),
    { numRuns: 100 },
  )
})
