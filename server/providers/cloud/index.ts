import { createHash } from 'node:crypto'
import type { ExternalId } from '../../../contract/ids.ts'
import type { Clock } from '../../lib/clock.ts'
import type { HttpClient } from '../../lib/http-client.ts'
import type { Log } from '../../lib/log.ts'
import { fields } from '../../lib/fields.ts'
import type { CloudRoad } from '../cloud-setup.ts'
import type { Provider, Task, TaskResult } from '../provider.ts'
import { askForAppData, numbersInApp } from './app-data.ts'
import { createGraph } from './client.ts'
import { createPush } from './listening/push.ts'
import { digitsOf, idOf } from './names.ts'
import { createNumbers, createNumberStates } from './numbers.ts'
import { chatKey } from './reading/facts.ts'
import { factKeys, parse } from './reading/parse.ts'
import { streams } from './reading/pieces.ts'
import { createConnection } from './sending/connection.ts'
import { createMemory } from './sending/memory.ts'
import { appNumbersTask, lookedUpBatch, templatesTask } from './tasks.ts'
import { listTemplates } from './templates.ts'

interface Deps {
  readonly config: CloudRoad
  readonly http: HttpClient
  readonly clock: Clock
  readonly log: Log
}

const routineMs = 10 * 60_000

/** The road through Meta's Cloud API. Another config is another provider. */
export function createCloudProvider({ config, http, clock, log }: Deps): Provider {
  const { businessAccountId } = config
  const graph = createGraph({ http, access: config })
  const memory = createMemory()
  const numberStates = createNumberStates({ graph, clock })
  const templatesSeen = createLastSeen(clock)
  const appsSeen = createLastSeen(clock)

  async function look({ kind, payload }: Pick<Task, 'kind' | 'payload'>, account: ExternalId, signal: AbortSignal): Promise<TaskResult> {
    const at = new Date(clock()).toISOString()
    if (kind === 'numbers') return { batches: [lookedUpBatch(streams.numbers, account, at, await numberStates.asked(account, signal))] }
    if (kind === 'app_numbers') {
      const found = numbersInApp(await numberStates.asked(account, signal))
      const isNews = found.length > 0 && (appsSeen(account, found) || fields(payload)['now'] === true)
      return { batches: isNews ? [lookedUpBatch(streams.app, account, at, found)] : [] }
    }
    if (kind === 'app_data') {
      const id = idOf(fields(payload)['number'])
      if (id === undefined) return { batches: [] }
      const answers = await askForAppData(graph, id, signal)
      log.info({ number: id, ...answers }, 'the data of the Business app was asked for')
      return { batches: [lookedUpBatch(streams.app, account, at, [{ id, answers }])] }
    }
    if (kind !== 'templates') return { batches: [] }
    const found = await listTemplates(graph, account, signal)
    return { batches: templatesSeen(account, found) ? [lookedUpBatch(streams.templates, account, at, found)] : [] }
  }

  return {
    name: 'cloud',
    intake: {
      push: createPush(config),
      factKeys: (batch, known) => factKeys(businessAccountId, batch, known),
      personKeys: (person) => [chatKey(businessAccountId, digitsOf(person) ?? person)],
      parse: (batch, facts) => parse(businessAccountId, batch, facts),
    },
    connect: (channel) => createConnection({ graph, clock, memory }, channel),
    async run(task, account, signal) {
      const external = account?.external ?? task.account
      // A word on an account that is not the one that is set up.
      if (external !== businessAccountId) return { batches: [] }
      try {
        return await look(task, external as ExternalId, signal)
      } finally {
        const other = graph.otherVersion()
        if (other !== undefined)
          log.warn({ asked: config.graphVersion, answered: other }, 'WhatsApp answered in another version of its API')
      }
    },
    routine: { everyMs: routineMs, tasks: ({ external }) => [templatesTask(external), appNumbersTask(external, false)] },
    numbers: createNumbers(numberStates),
    // The business account itself: nothing is made, and its token stands in the settings.
    accounts: { ensure: async () => ({ external: businessAccountId as ExternalId, secrets: {} }) },
  }
}

const seenMs = 3_600_000

/** Whether this list is news: another than last time, or an hour old. */
function createLastSeen(clock: Clock): (account: string, found: readonly unknown[]) => boolean {
  const last = new Map<string, { readonly hash: string; readonly at: number }>()
  return (account, found) => {
    const hash = createHash('sha256').update(JSON.stringify(found)).digest('hex')
    const before = last.get(account)
    if (before?.hash === hash && clock() - before.at < seenMs) return false
    last.set(account, { hash, at: clock() })
    return true
  }
}
