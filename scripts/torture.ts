// npm run torture: kills everything again and again under traffic, and brings much at once, at full length; writes docs/reliability.md.
// Names of runs as arguments run those alone and write nothing. The last line is that of npm test.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { faultsOf } from '../tests/torture/compare.ts'
import { reliabilityPage, type Row } from '../tests/torture/report.ts'
import { much, runs } from '../tests/torture/runs.ts'
import { bringMuch, isFaulty, type MuchBrought } from '../tests/torture/scale-runs.ts'

const page = join(import.meta.dirname, '../docs/reliability.md')
const wanted = process.argv.slice(2)
const isWanted = (name: string) => wanted.length === 0 || wanted.includes(name)
const rows: Row[] = []
let brought: MuchBrought | undefined
let passed = 0
let failed = 0

/** Counts a run by the faults that it found; what it throws is one. */
async function count(title: string, run: () => Promise<object>): Promise<void> {
  console.log(title)
  const faults = await run().catch((error: unknown) => {
    console.error(error)
    return { error }
  })
  const isClean = Object.keys(faults).length === 0
  console.log(isClean ? 'clean' : JSON.stringify(faults))
  if (isClean) passed += 1
  else failed += 1
}

for (const { name, title, times, run } of runs.filter((each) => isWanted(each.name))) {
  await count(`${name}: ${title}, ${times} times`, async () => {
    const outcome = await run()
    rows.push({ title, times, outcome })
    return faultsOf(outcome.comparison)
  })
}
if (isWanted('much')) {
  await count('much: the history of many chats, then much that was missed', async () => {
    brought = await bringMuch(much)
    console.log(JSON.stringify(brought))
    return isFaulty(brought) ? brought : {}
  })
}
if (brought !== undefined && rows.length === runs.length) writeFileSync(page, reliabilityPage(rows, much, brought))
console.log(`${passed} passed, ${failed} failed`)
process.exit(failed === 0 ? 0 : 1)
