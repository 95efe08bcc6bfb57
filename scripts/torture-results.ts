import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'

/** What the runs of `npm run torture` came to, each the last time that it was run, wherever that was. */
export interface Results {
  keep(name: string, outcome: object): void
  /** Undefined for what was never run. */
  find<T>(name: string): T | undefined
  /** On which machines they were run, each once. */
  machines(): readonly string[]
}

interface Kept {
  readonly machine: string
  readonly outcome: unknown
}

/** Opens them in a file that is part of the repository, so that a run elsewhere changes its own rows alone. */
export function openResults(file: string, machine = thisMachine()): Results {
  const all = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Record<string, Kept>) : {}
  return {
    keep(name, outcome) {
      all[name] = { machine, outcome }
      const lines = Object.entries(all)
        .toSorted(([one], [other]) => (one < other ? -1 : 1))
        .map(([key, kept]) => `  ${JSON.stringify(key)}: ${JSON.stringify(kept)}`)
      writeFileSync(file, `{\n${lines.join(',\n')}\n}\n`)
    },
    find: <T>(name: string) => all[name]?.outcome as T | undefined,
    machines: () => [...new Set(Object.values(all).map((kept) => kept.machine))],
  }
}

function thisMachine(): string {
  const [first] = cpus()
  const memory = Math.round(totalmem() / 2 ** 30)
  return `${cpus().length} cores (${first?.model.trim() ?? 'unknown'}), ${memory} GB of memory, ${process.platform} ${process.arch}, Node ${process.versions.node}`
}
