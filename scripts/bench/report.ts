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
}

/** More than this, and others were at work. */
const idleLoad = 0.5

export function readSurroundings(now: Date): Surroundings {
  const memory = `${Math.round(totalmem() / 2 ** 30)} GB of memory`
  const model = cpus()[0]?.model.trim() ?? 'unknown processor'
  const cores = `${availableParallelism()} cores (${model})`
  return {
    date: now.toISOString().slice(0, 10),
    machine: `${cores}, ${memory}, ${process.platform} ${process.arch}, Node ${process.versions.node}`,
    load: loadavg()[0] ?? 0,
  }
}

/** The whole of `docs/benchmarks.md`. */
export function reportOf({ date, machine, load }: Surroundings, rows: readonly Row[]): string {
  const isIdle = load <= idleLoad
  const warning = `**The machine was not idle: others were at work on it, so times are too long and rates too low.**`
  return [
    '# Benchmarks',
    '',
    `Measured by \`npm run bench\` on ${date}: ${machine}; embedded PostgreSQL, everything forced to disk. Load average at the start: ${load.toFixed(2)}.`,
    '',
    ...(isIdle ? [] : [warning, '']),
    'The server is `mistok serve` in a process of its own; load generator, homeserver and plain SQL run beside it on the same machine. "By plain SQL" means',
    'the same rows (raw batch, messages, conversations, number, change feed) in the same tables with the same indexes, in one transaction for each transaction',
    'that was pushed, in a second database of the same PostgreSQL, in turns with the server.',
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
