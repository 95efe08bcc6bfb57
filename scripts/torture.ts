// npm run torture: kills everything again and again under traffic, and brings much at once, at full length. Names of runs as arguments run
// those alone. What each came to last is kept beside the build, and docs/reliability.md is written from all of it. The last line is that of
// npm test.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { bridgeFaultsOf } from '../tests/torture/bridge-runs.ts'
import { faultsOf } from '../tests/torture/compare.ts'
import { bodiesFaultsOf, type BodiesOutcome, breakBodies } from '../tests/torture/meta-bodies.ts'
import { killBehindWebhooks, webhookFaultsOf, type WebhookOutcome } from '../tests/torture/meta-runs.ts'
import { reliabilityPage, type Row } from '../tests/torture/report.ts'
import { meta, much, runs } from '../tests/torture/runs.ts'
import { bringMuch, isFaulty, type MuchBrought } from '../tests/torture/scale-runs.ts'

const page = join(import.meta.dirname, '../docs/reliability.md')
const wanted = process.argv.slice(2)
const isWanted = (name: string) => wanted.length === 0 || wanted.includes(name)
const kept = join(import.meta.dirname, '../.cache/torture')
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

function keep(name: string, outcome: object): void {
  mkdirSync(kept, { recursive: true })
  writeFileSync(join(kept, `${name}.json`), JSON.stringify(outcome))
}

function find<T>(name: string): T | undefined {
  const file = join(kept, `${name}.json`)
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as T) : undefined
}

for (const { name, title, times, run } of runs.filter((each) => isWanted(each.name))) {
  await count(`${name}: ${title}, ${times} times`, async () => {
    const outcome = await run()
    keep(name, outcome)
    return 'mode' in outcome ? bridgeFaultsOf(outcome) : faultsOf(outcome.comparison)
  })
}
if (isWanted('much')) {
  await count('much: the history of many chats, then much that was missed', async () => {
    const brought = await bringMuch(much)
    keep('much', brought)
    console.log(JSON.stringify(brought))
    return isFaulty(brought) ? brought : {}
  })
}
if (isWanted('meta')) {
  await count(`meta: ${meta.title}, ${meta.kills} times`, async () => {
    const outcome = await killBehindWebhooks(meta)
    keep('meta', outcome)
    return webhookFaultsOf(outcome)
  })
}
if (isWanted('meta') || isWanted('meta-bodies')) {
  await count(`meta-bodies: ${meta.bodies} broken deliveries of Meta's`, async () => {
    const outcome = await breakBodies(meta.bodies)
    keep('meta-bodies', outcome)
    return bodiesFaultsOf(outcome)
  })
}
const rows = runs.flatMap(({ name, title, times }) => {
  const outcome = find<Row['outcome']>(name)
  return outcome === undefined ? [] : [{ title, times, outcome }]
})
const found = {
  meta: find<WebhookOutcome>('meta'),
  bodies: find<BodiesOutcome>('meta-bodies'),
  much: find<MuchBrought>('much'),
}
writeFileSync(page, reliabilityPage(rows, found, { meta, much }))
console.log(`${passed} passed, ${failed} failed`)
process.exit(failed === 0 ? 0 : 1)
