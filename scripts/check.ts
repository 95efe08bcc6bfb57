// npm run check: all that can be said of the code without running it. One line a step, the findings of those that fail, and a count at the
// end.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'

type Step = { name: string; command: string[]; applies?: boolean }

const root = join(import.meta.dirname, '..')
const tool = (name: string) => join('node_modules', '.bin', name)

const steps: Step[] = [
  { name: 'types', command: [tool('tsc'), '--build'] },
  { name: 'lint', command: [tool('oxlint')] },
  { name: 'format', command: [tool('oxfmt'), '--check'] },
  { name: 'imports', command: ['scripts/check-imports.ts'] },
  { name: 'unused code', command: [tool('knip'), '--no-progress', '--treat-config-hints-as-errors'] },
  { name: 'openapi', command: ['cli/main.ts', 'openapi', '--check'], applies: existsSync(join(root, 'docs/api/openapi.json')) },
]

const results = steps.filter(({ applies = true }) => applies).map(runStep)
const failed = results.filter((passed) => !passed).length
console.log(`${results.length - failed} passed, ${failed} failed`)
process.exit(failed === 0 ? 0 : 1)

function runStep({ name, command }: Step): boolean {
  const began = performance.now()
  const options = { cwd: root, encoding: 'utf8', maxBuffer: 2 ** 28 } as const
  const { status, stdout, stderr, error } = spawnSync(process.execPath, command, options)
  const seconds = ((performance.now() - began) / 1000).toFixed(1)
  console.log(`${status === 0 ? 'ok    ' : 'FAILED'} ${name} (${seconds} s)`)
  if (status !== 0) console.log(`${stdout}${stderr}${error?.message ?? ''}`.trimEnd())
  return status === 0
}
