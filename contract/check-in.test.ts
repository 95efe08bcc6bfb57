import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { checkIn } from './check-in.ts'
import type { Check } from './settings.ts'

const root = join(import.meta.dirname, '..')
const matrix = 'server/providers/matrix/setup'
/** Where checks are written. */
const files = [
  'server/lib/told-time.ts',
  ...['checks', 'probe', 'homeserver', 'bridge', 'bot', 'authentication', 'config-files', 'wanted'].map((name) => `${matrix}/${name}.ts`),
  'server/providers/cloud/probe.ts',
  ...['doctor', 'doctor-machine', 'doctor-data'].map((name) => `cli/${name}.ts`),
]

/** What a check says there: sentences in quotes, with something in the place of what they name. */
function sentencesOf(file: string): readonly string[] {
  const source = readFileSync(join(root, file), 'utf8').replaceAll(/\/\*\*[^]*?\*\/|^\s*\/\/.*$/gm, '')
  return [...source.matchAll(/'((?:[^'\\\n]|\\.)*)'|"((?:[^"\\\n]|\\.)*)"|`((?:[^`\\]|\\.)*)`/g)]
    .map(([, single, double, template]) => (single ?? double ?? template ?? '').replaceAll('\\', ''))
    .map((text) => text.replaceAll(/\$\{(?:[^{}]|\{[^{}]*\})*\}/g, 'SOMETHING'))
    .filter((text) => /^[A-Z{`][^\n]* [^\n]*[a-z.:)]$/.test(text) && !/^(SOMETHING,? ?)+$/.test(text))
}

const check = (detail: string): Check => ({ id: 'any', status: 'ok', detail })

test.each(files)('%s says nothing that has no Ukrainian words', (file) => {
  const left = sentencesOf(file).filter((sentence) => checkIn('uk', check(sentence)).detail === sentence && /[a-z]{3} [a-z]/.test(sentence))
  expect(left).toEqual([])
})

const untried = 'The server is not tried with that: it may fail to start, to find or to sort.'

test('what a sentence names stays, a sentence within a sentence is told too, and what others have said stays', () => {
  expect(checkIn('uk', check('Node 18.0.1 is too old.')).detail).toBe('Node 18.0.1 застарий.')
  expect(
    checkIn(
      'uk',
      check('bridge.split_portals is false. Two numbers in one WhatsApp group share a room, and see what is meant for the other.'),
    ).detail,
  ).toBe('bridge.split_portals: false. Два номери в одній групі WhatsApp мають спільну кімнату і бачать призначене іншому.')
  expect(
    checkIn('uk', check(`PostgreSQL answers, but it is version 15, and 16 is needed; the extension pg_trgm is missing. ${untried}`)).detail,
  ).toBe(
    'PostgreSQL відповідає, але це версія 15, а потрібна 16; немає розширення pg_trgm. Із таким сервер не випробувано: він може не запуститися, не знайти чи хибно впорядкувати.',
  )
  expect(checkIn('uk', check('Forbidden by policy')).detail).toBe('Forbidden by policy')
  expect(checkIn('en', check('The bridge runs.')).detail).toBe('The bridge runs.')
})
