// npm run torture: kills everything again and again under traffic, and brings much at once, at full length. Names of runs as arguments run
// those alone. What each came to last is kept in docs/reliability.json, and docs/reliability.md is written from all of it. The last line is that
// of npm test.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { bridgeFaultsOf } from '../tests/torture/bridge-runs.ts'
import { faultsOf } from '../tests/torture/compare.ts'
import { bodiesFaultsOf, breakBodies } from '../tests/torture/meta-bodies.ts'
import { killBehindWebhooks, webhookFaultsOf } from '../tests/torture/meta-runs.ts'
import { meta, much, runs } from '../tests/torture/runs.ts'
import { bringMuch, isFaulty } from '../tests/torture/scale-runs.ts'
import { pageOf } from './torture-page.ts'
import { openResults } from './torture-results.ts'

const docs = join(import.meta.dirname, '../docs')
const results = openResults(join(docs, 'reliability.json'))
const wanted = process.argv.slice(2)
const isWanted = (name: string) => wanted.length === 0 || wanted.includes(name)
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
    results.keep(name, outcome)
    return 'mode' in outcome ? bridgeFaultsOf(outcome) : faultsOf(outcome.comparison)
  })
}
if (isWanted('much')) {
  await count('much: the history of many chats, then much that was missed', async () => {
    const brought = await bringMuch(much)
    results.keep('much', brought)
    console.log(JSON.stringify(brought))
    return isFaulty(brought) ? brought : {}
  })
}
if (isWanted('meta')) {
  await count(`meta: ${meta.title}, ${meta.kills} times`, async () => {
    const outcome = await killBehindWebhooks(meta)
    results.keep('meta', outcome)
    return webhookFaultsOf(outcome)
  })
}
if (isWanted('meta') || isWanted('meta-bodies')) {
  await count(`meta-bodies: ${meta.bodies} broken deliveries of Meta's`, async () => {
    const outcome = await breakBodies(meta.bodies)
    results.keep('meta-bodies', outcome)
    return bodiesFaultsOf(outcome)
  })
}
writeFileSync(join(docs, 'reliability.md'), pageOf(results))
console.log(`${passed} passed, ${failed} failed`)
process.exit(failed === 0 ? 0 : 1)
