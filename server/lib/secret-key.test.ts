import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { ConfigError } from './config-error.ts'
import { loadSecretKey, parseKeys } from './secret-key.ts'

let parent: string
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'mistok-key-'))
})
afterEach(() => rmSync(parent, { recursive: true }))

test('is made once, for this user alone, and found again', () => {
  const dataDir = join(parent, 'data')
  const made = loadSecretKey({ configured: undefined, dataDir })
  expect(made.current).toHaveLength(32)
  expect(readdirSync(dataDir)).toEqual(['secret.key'])
  expect(statSync(join(dataDir, 'secret.key')).mode & 0o777).toBe(0o600)
  expect(loadSecretKey({ configured: undefined, dataDir })).toEqual(made)
})

test('a configured key makes no file', () => {
  const configured = { current: Buffer.alloc(32, 3), previous: [] }
  expect(loadSecretKey({ configured, dataDir: parent })).toBe(configured)
  expect(readdirSync(parent)).toEqual([])
})

test('a spoilt file is told and kept, never replaced', () => {
  const file = join(parent, 'secret.key')
  writeFileSync(file, 'half a k')
  chmodSync(file, 0o600)
  expect(() => loadSecretKey({ configured: undefined, dataDir: parent })).toThrow(ConfigError)
  expect(readFileSync(file, 'utf8')).toBe('half a k')
})

const hex = 'ab'.repeat(32)
const base64 = Buffer.from(hex, 'hex').toString('base64')
test.each([
  [hex, 0],
  [hex.toUpperCase(), 0],
  [`${base64}\n`, 0],
  [Buffer.from(hex, 'hex').toString('base64url'), 0],
  [`${base64}, ${hex}\n${hex}`, 2],
])('keys are read from %s', (text, previous) => {
  const ring = parseKeys(text)
  expect(ring?.current).toEqual(Buffer.from(hex, 'hex'))
  expect(ring?.previous).toHaveLength(previous)
})

test.each(['', 'password', hex.slice(1), `${hex},short`, `${base64}A`])('%j is no key', (text) => {
  expect(parseKeys(text)).toBeUndefined()
})
