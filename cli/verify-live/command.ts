import { createInterface } from 'node:readline/promises'
import { parseArgs } from 'node:util'
import { readConfig } from '../../server/config.ts'
import { ConfigError } from '../../server/lib/config-error.ts'
import { findRunning } from '../join.ts'
import { openApi } from './api.ts'
import { liveSteps } from './steps.ts'
import { type Answer, type Outcome, type Person, walk } from './walk.ts'

const usage = `Usage: MISTOK_VERIFY_PASSWORD=… npm run mistok -- verify-live --email <an admin's> [--url http://…] [--phone +380…] [--prefix !wa-…]
Two phones are needed: A, whose number is linked, and B, which writes to it. docs/verify-live.md says more.`

/** Leads an owner through what only a live account can show, and looks itself at what came. Resolves with 1 when a step failed. */
export async function run(args: readonly string[]): Promise<number> {
  const options = {
    email: { type: 'string' },
    url: { type: 'string' },
    phone: { type: 'string' },
    prefix: { type: 'string', default: '!wa' },
  } as const
  const { email, url: given, phone, prefix } = parseArgs({ args: [...args], options }).values
  const password = process.env['MISTOK_VERIFY_PASSWORD']
  if (email === undefined || password === undefined) throw new ConfigError([usage])
  const url = (given ?? findRunning(readConfig(process.env).config.dataDir)?.url)?.replace(/\/+$/, '')
  if (url === undefined) throw new ConfigError(['No server runs on this data directory; name its address by --url.'])
  const api = await openApi(url, { email, password })
  const terminal = createInterface({ input: process.stdin, output: process.stdout })
  try {
    const scene = { api, began: new Date().toISOString(), prefix, phone, channel: undefined, chat: undefined, kept: new Map() }
    const outcomes = await walk(liveSteps, scene, personAt(terminal))
    process.stdout.write(`\n${tableOf(outcomes)}`)
    return outcomes.some(({ result }) => result === 'FAIL') ? 1 : 0
  } finally {
    terminal.close()
    await api.close()
  }
}

function personAt(terminal: ReturnType<typeof createInterface>): Person {
  return {
    begin: ({ shows, name, todo }) => void process.stdout.write(`\n${name} (${shows})\n  ${todo}\n`),
    ended: ({ result, seen }) => void process.stdout.write(`  ${result}: ${seen}\n`),
    async ask(question) {
      const answers: Readonly<Record<string, Answer>> = { y: 'yes', n: 'no', s: 'skip' }
      for (;;) {
        const answer = answers[(await terminal.question(`  ${question} [y/n, s to leave it out] `)).trim().toLowerCase()]
        if (answer !== undefined) return answer
      }
    },
    skips: (signal) =>
      new Promise((resolve) => {
        process.stdout.write('  (waiting; s and Enter leaves it out)\n')
        const onLine = (line: string) => line.trim().toLowerCase() === 's' && resolve()
        terminal.on('line', onLine)
        signal.addEventListener('abort', () => terminal.off('line', onLine), { once: true })
      }),
  }
}

function tableOf(outcomes: readonly Outcome[]): string {
  const lines = outcomes.map(
    ({ result, shows, name, id, seen }) => `${result.padEnd(8)}${shows.padEnd(6)}${name.padEnd(8)} ${id}: ${seen}\n`,
  )
  const count = (wanted: Outcome['result']) => outcomes.filter(({ result }) => result === wanted).length
  return `${lines.join('')}\n${count('pass')} passed, ${count('FAIL')} failed, ${count('skipped')} left out\n`
}
