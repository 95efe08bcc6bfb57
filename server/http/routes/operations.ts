import type { Call } from '../../../contract/api.ts'
import type { DeadLetter, Health, OperationsSample } from '../../../contract/health.ts'
import { sql } from 'kysely'
import type { Page, PageRequest } from '../../db/read/page.ts'
import type { Reads } from '../../db/read/viewer.ts'
import { AppError } from '../../lib/errors.ts'
import type { Register } from '../register.ts'

/** What an operator looks at and does. */
export interface OperationDeeds {
  read(): Promise<Omit<Call<'getOperations'>['answer'], 'started_at'>>
  history(): Promise<readonly OperationsSample[]>
  health(): Promise<Omit<Health, 'started_at' | 'stream_clients'>>
  deadLetters(page: PageRequest): Promise<Page<DeadLetter>>
  /** False where it fails again. Throws not_found. */
  redriveOne(id: string): Promise<boolean>
  redrive(): Promise<Call<'redriveDeadLetters'>['answer']>
  /** In Prometheus's text format. */
  metrics(): Promise<string>
}

interface Parts {
  readonly operations: OperationDeeds
  readonly readDb: Reads
  readonly startedAt: Date
  /** The streams that are open. */
  readonly streams: ReadonlySet<unknown>
}

/** The state of the server, for operators and for what watches it. */
export function operationRoutes(on: Register, { operations, readDb, startedAt, streams }: Parts): void {
  on('getOperations', async () => ({ ...(await operations.read()), started_at: startedAt.toISOString() }))
  on('listOperationsHistory', async () => ({ items: [...(await operations.history())] }))
  on('getHealth', async () => ({
    ...(await operations.health()),
    started_at: startedAt.toISOString(),
    stream_clients: streams.size,
  }))
  on('listDeadLetters', ({ query }) => operations.deadLetters(query))
  on('redriveDeadLetter', async ({ params }) => ({ redriven: await operations.redriveOne(params.dead_letter_id) }))
  on('redriveDeadLetters', () => operations.redrive())
  on('getMetrics', async ({ reply }) => reply.type('text/plain; version=0.0.4; charset=utf-8').send(await operations.metrics()))
  on('getLive', async () => ({ status: 'ok' }))
  on('getReady', async () => {
    try {
      await readDb
        .selectFrom(sql<{ one: number }>`(select 1 as one)`.as('answer'))
        .select('one')
        .execute()
    } catch (error) {
      throw new AppError('unavailable', 'The database does not answer.', { cause: error, retryAfter: 2 })
    }
    return { status: 'ok' }
  })
}
