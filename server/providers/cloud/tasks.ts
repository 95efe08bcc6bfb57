import { createHash } from 'node:crypto'
import type { ExternalId } from '../../../contract/ids.ts'
import type { RawBatch, Task } from '../provider.ts'

/** Asks for the state of the account's numbers. */
export function numbersTask(account: ExternalId): Task {
  return { kind: 'numbers', key: account, account, payload: null }
}

/** Asks for all templates of the account. */
export function templatesTask(account: ExternalId): Task {
  return { kind: 'templates', key: account, account, payload: null }
}

/** Looks which numbers are in the Business app beside the API; `isNow`: also where that was looked at a moment ago. */
export function appNumbersTask(account: ExternalId, isNow: boolean): Task {
  return { kind: 'app_numbers', key: isNow ? `${account} now` : account, account, payload: { now: isNow } }
}

/** Asks for what the Business app of a number has from before. */
export function appDataTask(account: ExternalId, number: ExternalId): Task {
  return { kind: 'app_data', key: number, account, payload: { number } }
}

/** What was looked up, as a batch. `at`: RFC 3339, so that the same said again later is news. */
export function lookedUpBatch(stream: string, account: ExternalId, at: string, found: readonly unknown[]): RawBatch {
  const body = JSON.stringify({ account, at, found })
  return { stream, key: createHash('sha256').update(body).digest('hex'), body }
}
