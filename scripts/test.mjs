// npm test: every test that needs nothing but Node. The last line is "N passed, N failed"; a file that does not load counts as a failure.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bootstrap, run } from './bootstrap.mjs'
import { countResults, nameFailures } from './count-results.mjs'

const node = await bootstrap({ devTools: true })
const dir = mkdtempSync(join(tmpdir(), 'mistok-results-'))
const file = join(dir, 'results.json')
const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`]
const code = await run(node, ['node_modules/vitest/vitest.mjs', 'run', ...reporters, ...process.argv.slice(2)])
const report = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined
rmSync(dir, { recursive: true, force: true })

for (const line of nameFailures(report)) console.log(line)
const { passed, failed, skipped } = countResults(report, code)
console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`)
process.exit(failed === 0 ? 0 : code || 1)
