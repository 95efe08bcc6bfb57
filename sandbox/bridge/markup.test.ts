import { expect, test } from 'vitest'
import { htmlOfMarkup, markupOfHtml } from './markup.ts'

test.each([
  ['plain text with a * and 2*3*4 in it', undefined],
  ['*bold* _italic_ ~gone~ `code`', '<strong>bold</strong> <em>italic</em> <del>gone</del> <code>code</code>'],
  ['a <b> & *c*', 'a &lt;b&gt; &amp; <strong>c</strong>'],
  ['```x = *1*```', '<pre><code>x = *1*</code></pre>'],
  ['* one\n* two', '<ul><li>one</li><li>two</li></ul>'],
  ['1. one\n2. two', '<ol><li>one</li><li>two</li></ol>'],
  ['> said\nanswer', '<blockquote>said</blockquote>answer'],
])('%s has the HTML %s', (text, html) => {
  expect(htmlOfMarkup(text)).toBe(html)
})

test.each([
  ['<strong>bold</strong> <em>it</em> <del>gone</del> <code>x</code>', '*bold* _it_ ~gone~ `x`'],
  ['one<br>two &amp; three', 'one\ntwo & three'],
  ['<p>one</p><p>two</p>', 'one\n\ntwo'],
  ['<ul><li>a</li><li>b</li></ul>', '* a\n* b'],
  ['<ol><li>a</li><li>b</li></ol>', '1. a\n2. b'],
  ['<blockquote>said</blockquote>yes', '> said\nyes'],
  ['<a href="https://example.org">site</a>', 'site (https://example.org)'],
  ['<a href="https://matrix.to/#/@whatsapp_lid-1:x">Olena</a> hi', '@380501234567 hi'],
  ['<a href="https://matrix.to/#/@other:x">Other</a> hi', 'Other hi'],
])('%s is sent as %s', (html, text) => {
  expect(markupOfHtml(html, (mxid) => (mxid === '@whatsapp_lid-1:x' ? '380501234567' : undefined))).toBe(text)
})
