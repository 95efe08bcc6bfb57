import { readFileSync } from 'node:fs'
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os'

/** A line of the table. `isMet` is absent where nothing was measured. */
export interface Row {
  readonly what: string
  readonly atLeast: string
  readonly measured: string
  readonly isMet?: boolean
}

/** What the figures were measured on: taken before anything is measured. */
export interface Surroundings {
  readonly date: string
  readonly machine: string
  /** Processes that wanted a core, on average over the last minute. */
  readonly load: number
  readonly stolen: Stolen
}

/** Processor time since the machine started, in ticks: what was worked, and what the host gave to other machines meanwhile. */
interface Stolen {
  readonly worked: number
  readonly stolen: number
}

/** More than this, and others were at work. */
const idleLoad = 0.5
/** The same of other machines on the same host. */
const idleShare = 0.03

export function readSurroundings(now: Date): Surroundings {
  const memory = `${Math.round(totalmem() / 2 ** 30)} GB of memory`
  const model = cpus()[0]?.model.trim() ?? 'unknown processor'
  const cores = `${availableParallelism()} cores (${model})`
  return {
    date: now.toISOString().slice(0, 10),
    machine: `${cores}, ${memory}, ${process.platform} ${process.arch}, Node ${process.versions.node}`,
    load: loadavg()[0] ?? 0,
    stolen: readStolen(),
  }
}

/** proc(5): user, nice, system, idle, iowait, irq, softirq, steal. Nothing is known elsewhere than on Linux. */
function readStolen(): Stolen {
  if (process.platform !== 'linux') return { worked: 0, stolen: 0 }
  const [, ...ticks] = (readFileSync('/proc/stat', 'utf8').split('\n')[0] ?? '').split(/ +/)
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, stolen = 0] = ticks.map(Number)
  return { worked: user + nice + system + irq + softirq, stolen }
}

/** How much of the time for which there was work the host gave to other machines, since it was read before: 0 to 1. */
function shareStolen(before: Stolen): number {
  const now = readStolen()
  const stolen = now.stolen - before.stolen
  return stolen / Math.max(1, stolen + now.worked - before.worked)
}

/** How the usual parts are measured. */
export const howMeasured = [
  'The server is `mistok serve` in a process of its own; load generator, homeserver and plain SQL run beside it on the same machine. "By plain SQL" means',
  'the same rows (raw batch, messages, conversations, number, change feed) in the same tables with the same indexes, in one transaction for each transaction',
  'that was pushed, in a second database of the same PostgreSQL, in turns with the server.',
]

/** A whole page of figures; `how` they were measured, as lines. */
export function reportOf({ date, machine, load, stolen }: Surroundings, rows: readonly Row[], how: readonly string[]): string {
  const share = shareStolen(stolen)
  const isIdle = load <= idleLoad && share <= idleShare
  const warning = `**The machine was not idle: others were at work on it, so times are too long and rates too low.**`
  return [
    '# Benchmarks',
    '',
    `Measured by \`npm run bench\` on ${date}: ${machine}; embedded PostgreSQL, everything forced to disk. Load average at the start: ${load.toFixed(2)}; ${(share * 100).toFixed(0)} % of the processor’s time went to other machines of the same host meanwhile.`,
    '',
    ...(isIdle ? [] : [warning, '']),
    ...how,
    '',
    '| what | at least | measured | |',
    '|---|---|---|---|',
    ...rows.map(
      ({ what, atLeast, measured, isMet }) =>
        `| ${what} | ${atLeast} | ${measured} | ${isMet === undefined ? '–' : isMet ? 'met' : '**not met**'} |`,
    ),
    '',
  ].join('\n')
}
