// npm run bench [-- names of parts] [--large]: measures the server and prints the table; the usual parts together also write it to
// docs/benchmarks.md, and a part that has a page of its own, when it is run alone, to that.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type Bench, createBench } from './bench/bench.ts'
import { measureIntake } from './bench/intake.ts'
import { measureLarge } from './bench/large.ts'
import { measureLatency } from './bench/latency.ts'
import { howLinked, measureLinked } from './bench/linked.ts'
import { measureMemory } from './bench/memory.ts'
import { measurePage } from './bench/page.ts'
import { howMeasured, readSurroundings, reportOf, type Row } from './bench/report.ts'
import { root } from './bench/server.ts'
import { measureStart } from './bench/start.ts'
import { howWeb, measureWeb } from './bench/web.ts'

const parts: Readonly<Record<string, (bench: Bench) => Row[] | Promise<Row[]>>> = {
  intake: measureIntake,
  latency: measureLatency,
  large: measureLarge,
  memory: measureMemory,
  start: measureStart,
  page: measurePage,
  linked: measureLinked,
  web: measureWeb,
}

/** Parts that take long: each has a page of its own. */
const longParts: Readonly<Record<string, { readonly page: string; readonly how: readonly string[] }>> = {
  linked: { page: 'benchmarks-linked.md', how: howLinked },
  web: { page: 'benchmarks-web.md', how: howWeb },
}
const usual = { page: 'benchmarks.md', how: howMeasured }

const { values, positionals } = parseArgs({ allowPositionals: true, options: { large: { type: 'boolean', default: false } } })
const unknown = positionals.filter((name) => !(name in parts))
if (unknown.length > 0) {
  console.error(`There is no part ${unknown.join(', ')}; there are ${Object.keys(parts).join(', ')}.`)
  process.exit(64)
}
const chosen =
  positionals.length > 0 ? positionals : Object.keys(parts).filter((name) => !(name in longParts) && (name !== 'large' || values.large))

const surroundings = readSurroundings(new Date())
const bench = createBench((line) => console.error(line))
const rows: Row[] = []
for (const name of chosen) rows.push(...((await parts[name]?.(bench)) ?? []))
const isUsual = positionals.length === 0
const { page, how } = (isUsual ? undefined : longParts[positionals[0] ?? '']) ?? usual
const report = reportOf(surroundings, rows, how)
if (isUsual || (positionals.length === 1 && page !== usual.page)) writeFileSync(join(root, 'docs', page), report)
console.log(report)
