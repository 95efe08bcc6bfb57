import { expect, test } from 'vitest'
import { createSeal, keyIdOf, SealError } from './seal.ts'

const oldKey = Buffer.alloc(32, 1)
const newKey = Buffer.alloc(32, 2)
const place = 'accounts|token|42'

test.each(['', 'syt_secret', 'Пароль 🔑', 'x'.repeat(100_000)])('what is sealed opens again, at its place only (%#)', (text) => {
  const { seal, open } = createSeal(newKey)
  const sealed = seal(text, place)
  expect(open(sealed, place)).toBe(text)
  expect(() => open(sealed, 'accounts|token|43')).toThrow(SealError)
})

test('the format names version and key, shows nothing of the text, and is never the same twice', () => {
  const { seal } = createSeal(newKey)
  const sealed = seal('hush hush hush', place)
  expect(sealed).toMatch(new RegExp(`^v1\\.${keyIdOf(newKey)}\\.[A-Za-z0-9_-]+$`))
  const [, , data] = sealed.split('.')
  expect(Buffer.from(data ?? '', 'base64url').length).toBe(12 + 14 + 16)
  expect(Buffer.from(data ?? '', 'base64url').includes('hush')).toBe(false)
  expect(seal('hush hush hush', place)).not.toBe(sealed)
})

test('every changed character is found', () => {
  const { seal, open } = createSeal(newKey)
  const sealed = seal('text', place)
  const dataAt = sealed.lastIndexOf('.') + 1
  for (let at = dataAt; at < sealed.length - 1; at++) {
    const other = sealed[at] === 'A' ? 'B' : 'A'
    expect(() => open(sealed.slice(0, at) + other + sealed.slice(at + 1), place)).toThrow(SealError)
  }
  for (const text of ['', 'plain', 'v1.x', `v1.${keyIdOf(newKey)}.`, `v2.${sealed.slice(3)}`])
    expect(() => open(text, place)).toThrow(SealError)
})

test('rotation: the old key still opens, the new one seals, and old texts are told', () => {
  const before = createSeal(oldKey)
  const after = createSeal({ current: newKey, previous: [oldKey] })
  const sealed = before.seal('text', place)
  expect(after.open(sealed, place)).toBe('text')
  expect(after.isOutdated(sealed)).toBe(true)
  const again = after.seal('text', place)
  expect(after.isOutdated(again)).toBe(false)
  expect(() => before.open(again, place)).toThrow(expect.objectContaining({ keyId: keyIdOf(newKey) }))
})
