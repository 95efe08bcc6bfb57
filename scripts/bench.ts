// npm run bench [-- names of parts] [--large]: measures the server and prints the table; all parts together also write it to
// docs/benchmarks.md.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type Bench, createBench } from './bench/bench.ts'
import { measureIntake } from './bench/intake.ts'
import { measureLarge } from './bench/large.ts'
import { measureLatency } from './bench/latency.ts'
import { measureMemory } from './bench/memory.ts'
import { measurePage } from './bench/page.ts'
import { readSurroundings, reportOf, type Row } from './bench/report.ts'
import { root } from './bench/server.ts'
import { measureStart } from './bench/start.ts'

const parts: Readonly<Record<string, (bench: Bench) => Row[] | Promise<Row[]>>> = {
  intake: measureIntake,
  latency: measureLatency,
  large: measureLarge,
  memory: measureMemory,
  start: measureStart,
  page: measurePage,
}

const { values, positionals } = parseArgs({ allowPositionals: true, options: { large: { type: 'boolean', default: false } } })
const unknown = positionals.filter((name) => !(name in parts))
if (unknown.length > 0) {
  console.error(`There is no part ${unknown.join(', ')}; there are ${Object.keys(parts).join(', ')}.`)
  process.exit(64)
}
const chosen = positionals.length > 0 ? positionals : Object.keys(parts).filter((name) => name !== 'large' || values.large)

const surroundings = readSurroundings(new Date())
const bench = createBench((line) => console.error(line))
const rows: Row[] = []
for (const name of chosen) rows.push(...((await parts[name]?.(bench)) ?? []))
const report = reportOf(surroundings, rows)
if (positionals.length === 0) writeFileSync(join(root, 'docs', 'benchmarks.md'), report)
console.log(report)
