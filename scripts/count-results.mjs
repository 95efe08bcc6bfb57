import { relative } from 'node:path'

/**
 * Counts what a run of the tests came to, from vitest's JSON report (undefined where it wrote none) and its exit code. A file that failed
 * without a failed test, a run that ended badly with nothing named, and a run without a single test count as one failure each.
 */
export function countResults(report, exitCode) {
  const files = report?.testResults ?? []
  const tests = files.flatMap((file) => file.assertionResults)
  const count = (...states) => tests.filter(({ status }) => states.includes(status)).length
  const broken = files.filter((file) => file.status === 'failed' && !file.assertionResults.some(({ status }) => status === 'failed'))
  const passed = count('passed')
  const named = count('failed') + broken.length
  const unnamed = named === 0 && (exitCode !== 0 || passed === 0) ? 1 : 0
  return { passed, failed: named + unnamed, skipped: count('pending', 'skipped', 'todo', 'disabled') }
}

/** A line for each failure that vitest's JSON report names: the file, the test, and what its error says first; told once more at the end of a long run. */
export function nameFailures(report) {
  return (report?.testResults ?? []).flatMap((file) => {
    const tests = file.assertionResults.filter(({ status }) => status === 'failed')
    if (tests.length === 0) return file.status === 'failed' ? [failure(file.name, 'the file itself', file.message)] : []
    return tests.map(({ fullName, failureMessages }) => failure(file.name, fullName, failureMessages?.join('\n')))
  })
}

const failure = (file, test, message) =>
  `FAILED ${relative(process.cwd(), file)}: ${test}: ${(message ?? '').split('\n').slice(0, 4).join(' | ').slice(0, 600)}`
