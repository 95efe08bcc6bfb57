import { expect, test } from 'vitest'
import { countResults } from './count-results.mjs'

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
