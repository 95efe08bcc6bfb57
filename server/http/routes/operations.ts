import type { Call } from '../../../contract/api.ts'
import { sql } from 'kysely'
import type { Reads } from '../../db/read/viewer.ts'
import { AppError } from '../../lib/errors.ts'
import type { Register } from '../register.ts'

/** What an operator looks at and does. */
export interface OperationDeeds {
  read(): Promise<Omit<Call<'getOperations'>['answer'], 'started_at'>>
  redrive(): Promise<Call<'redriveDeadLetters'>['answer']>
  /** In Prometheus's text format. */
  metrics(): Promise<string>
}

/** The state of the server, for operators and for what watches it. */
export function operationRoutes(
  on: Register,
  { operations, readDb, startedAt }: { operations: OperationDeeds; readDb: Reads; startedAt: Date },
): void {
  on('getOperations', async () => ({ ...(await operations.read()), started_at: startedAt.toISOString() }))
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
