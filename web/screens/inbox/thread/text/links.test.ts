import { expect, test } from 'vitest'
import { findLinks } from './links.ts'

test.each([
  ['see https://example.com/a?b=1#c.', 'https://example.com/a?b=1#c', undefined],
  ['(https://example.com/a(b))', 'https://example.com/a(b)', undefined],
  ['www.example.com, yes', 'https://www.example.com/', undefined],
  ['https://example.com:8443/x', 'https://example.com:8443/x', undefined],
  ['пошта mailto:olena@example.com', 'mailto:olena@example.com', undefined],
  ['дзвоніть tel:+380671234567', 'tel:+380671234567', undefined],
  // Where it leads is shown when the written address hides it.
  ['https://google.com@evil.example/login', 'https://google.com@evil.example/login', 'evil.example'],
  ['https://приклад.укр', 'https://xn--80aikifvh.xn--j1amh/', 'xn--80aikifvh.xn--j1amh'],
  ['https://аpple.com/', 'https://xn--pple-43d.com/', 'xn--pple-43d.com'],
  ['https://example.com\\@evil.example', 'https://example.com/@evil.example', 'example.com'],
])('%j leads to %s', (text, href, host) => {
  expect(findLinks(text).map((link) => [link.href, link.host])).toEqual([[href, host]])
})

test.each([
  'javascript:alert(1)',
  'JaVaScRiPt:alert(1)',
  'java\u0000script:alert(1)',
  'data:text/html,<script>alert(1)</script>',
  'vbscript:msgbox(1)',
  'file:///etc/passwd',
  'intent://scan/#Intent;scheme=zxing;end',
  'whatsapp://send?phone=1',
  'tel:*#06#',
  'tel:+380671234567;phone-context=evil',
  'mailto:a@example.com?bcc=b@example.com',
  'mailto:?subject=x',
  'https://',
  'http://localhost/',
  'xhttps://example.com',
  'user@www.example.com',
])('%j is no link', (text) => {
  expect(findLinks(text)).toEqual([])
})

test('what is unseen or turns the writing ends an address', () => {
  expect(findLinks('https://example.com/\u202Egpj.exe').map(({ href }) => href)).toEqual(['https://example.com/'])
  expect(findLinks('https://exa\u200Bmple.com/').map(({ href }) => href)).toEqual([])
})
