import { join } from 'node:path'
import { expect, test } from 'vitest'
import { countResults, nameFailures } from './count-results.mjs'

const file = (status: string, ...states: string[]) => ({ status, assertionResults: states.map((state) => ({ status: state })) })

test.each([
  { name: 'all well', files: [file('passed', 'passed', 'passed'), file('passed', 'passed')], code: 0, counts: [3, 0, 0] },
  { name: 'some failed', files: [file('failed', 'passed', 'failed'), file('passed', 'passed')], code: 1, counts: [2, 1, 0] },
  { name: 'skipped ones are told apart', files: [file('passed', 'passed', 'skipped', 'todo')], code: 0, counts: [1, 0, 2] },
  { name: 'a file that does not load', files: [file('failed'), file('passed', 'passed')], code: 1, counts: [1, 1, 0] },
  { name: 'a hook that failed after its tests', files: [file('failed', 'passed')], code: 1, counts: [1, 1, 0] },
  { name: 'an error outside every test', files: [file('passed', 'passed')], code: 1, counts: [1, 1, 0] },
  { name: 'no test at all', files: [], code: 0, counts: [0, 1, 0] },
  { name: 'only skipped ones', files: [file('passed', 'skipped')], code: 0, counts: [0, 1, 1] },
])('$name', ({ files, code, counts }) => {
  const { passed, failed, skipped } = countResults({ testResults: files }, code)
  expect([passed, failed, skipped]).toEqual(counts)
})

test('no report is a failure', () => {
  expect(countResults(undefined, 137)).toEqual({ passed: 0, failed: 1, skipped: 0 })
})

test('each failure is named in a line: where it stands and what it says first', () => {
  const name = join(process.cwd(), 'server/a.test.ts')
  const failed = { status: 'failed', fullName: 'a list is sorted', failureMessages: ['expected 1 to be 2\n    at a.test.ts:1\nb\nc\nd'] }
  const files = [
    { name, status: 'failed', assertionResults: [{ status: 'passed' }, failed] },
    { name, status: 'failed', message: 'Cannot find module', assertionResults: [] },
    { name, status: 'passed', assertionResults: [{ status: 'passed' }] },
  ]
  expect(nameFailures({ testResults: files })).toEqual([
    'FAILED server/a.test.ts: a list is sorted: expected 1 to be 2 |     at a.test.ts:1 | b | c',
    'FAILED server/a.test.ts: the file itself: Cannot find module',
  ])
  expect(nameFailures(undefined)).toEqual([])
})
