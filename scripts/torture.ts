// npm run torture: kills everything again and again under traffic, at full length, and writes docs/reliability.md. Names of runs as
// arguments run those alone and write nothing. The last line is that of npm test.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { faultsOf } from '../tests/torture/compare.ts'
import { reliabilityPage, type Row } from '../tests/torture/report.ts'
import { runs } from '../tests/torture/runs.ts'

const page = join(import.meta.dirname, '../docs/reliability.md')
const wanted = process.argv.slice(2)
const rows: Row[] = []
let failed = 0
for (const { name, title, times, run } of runs.filter((each) => wanted.length === 0 || wanted.includes(each.name))) {
  console.log(`${name}: ${title}, ${times} times`)
  try {
    const outcome = await run()
    const faults = faultsOf(outcome.comparison)
    rows.push({ title, times, outcome })
    if (Object.keys(faults).length > 0) failed += 1
    console.log(JSON.stringify(Object.keys(faults).length > 0 ? faults : 'clean'))
  } catch (error) {
    failed += 1
    console.error(error)
  }
}
if (wanted.length === 0 && rows.length === runs.length) writeFileSync(page, reliabilityPage(rows))
console.log(
  `${rows.length - rows.filter(({ outcome }) => Object.keys(faultsOf(outcome.comparison)).length > 0).length} passed, ${failed} failed`,
)
process.exit(failed === 0 ? 0 : 1)
