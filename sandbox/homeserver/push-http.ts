import { setTimeout as sleep } from 'node:timers/promises'
import { request as send, type Dispatcher } from 'undici'
import type { Appservice } from './appservices.ts'
import type { Core } from './core.ts'
import type { Faults } from './faults.ts'
import { showEvent } from './serialize.ts'
import type { Json, RoomEvent } from './state.ts'

/** What a call to an appservice needs; `signal` ends it when the homeserver stops. */
export type Calling = { core: Core; dispatcher: Dispatcher; signal: AbortSignal }

/** One transaction: what is in it and under which id. */
export type Transaction = { id: number; events: RoomEvent[]; ephemeral: Json[] }

const answerTimeoutMs = 60_000

/** Where a transaction goes. */
export function transactionUrl(service: Appservice, id: number): string {
  return `${service.url ?? ''}/_matrix/app/v1/transactions/${id}`
}

/** Sends a transaction; true when the service answered 2xx with JSON, or has no URL (protocol/homeserver.md 3.4). */
export async function sendTransaction(
  calling: Calling,
  service: Appservice,
  transaction: Transaction,
  fault: ReturnType<Faults['take']>,
): Promise<boolean> {
  if (service.url === null || fault?.kind === 'drop') return true
  if (fault?.kind === '429' || fault?.kind === '5xx') return false
  if (fault?.kind === 'delay') await sleep(fault.ms, undefined, { signal: calling.signal }).catch(() => undefined)
  if (fault?.kind === 'duplicate') await sendOnce(calling, service, transaction)
  const accepted = await sendOnce(calling, service, transaction)
  return fault?.kind === 'reset_after_accept' ? false : accepted
}

async function sendOnce({ core, dispatcher, signal }: Calling, service: Appservice, transaction: Transaction): Promise<boolean> {
  try {
    const { statusCode, body } = await send(transactionUrl(service, transaction.id), {
      method: 'PUT',
      dispatcher,
      headers: { authorization: `Bearer ${service.hsToken}`, 'content-type': 'application/json' },
      body: JSON.stringify(transactionBody(core, service, transaction)),
      headersTimeout: answerTimeoutMs,
      bodyTimeout: answerTimeoutMs,
      signal,
    })
    const text = await body.text()
    if (statusCode < 200 || statusCode >= 300) return false
    JSON.parse(text)
    return true
  } catch (error) {
    if (!signal.aborted) core.log(`transaction ${transaction.id} to ${service.id} failed: ${String(error)}`)
    return false
  }
}

function transactionBody(core: Core, service: Appservice, { events, ephemeral }: Transaction): Json {
  const body: Json = { events: events.map((event) => showEvent(core, event, { viewer: null, format: 'v1', invited: true })) }
  if (service.ephemeral) body.ephemeral = ephemeral
  if (service.unstableEphemeral) body['de.sorunome.msc2409.ephemeral'] = ephemeral
  if (service.ephemeral || service.unstableEphemeral) body['de.sorunome.msc2409.to_device'] = []
  return body
}

/** Asks the services whose namespace holds the user to make it; true as soon as one says that it exists. */
export async function askForUser({ core, dispatcher, signal }: Calling, userId: string): Promise<boolean> {
  for (const service of core.services) {
    if (service.url === null || !service.isInterestedInUser(userId)) continue
    try {
      const { statusCode, body } = await send(`${service.url}/_matrix/app/v1/users/${encodeURIComponent(userId)}`, {
        dispatcher,
        headers: { authorization: `Bearer ${service.hsToken}` },
        signal,
      })
      await body.dump()
      if (statusCode === 200) return true
    } catch (error) {
      core.log(`asking ${service.id} for a user failed: ${String(error)}`)
    }
  }
  return false
}

/** What a ping of an appservice came to (protocol/homeserver.md 3.6). */
export type Pinged =
  | { outcome: 'answered'; durationMs: number }
  | { outcome: 'bad_status'; status: number; body: string }
  | { outcome: 'timeout' | 'failed'; message: string }

/** Pings a service at its URL. */
export async function ping({ dispatcher, signal }: Calling, service: Appservice, transactionId: unknown): Promise<Pinged> {
  const startedAt = performance.now()
  try {
    const { statusCode, body } = await send(`${service.url ?? ''}/_matrix/app/v1/ping`, {
      method: 'POST',
      dispatcher,
      headers: { authorization: `Bearer ${service.hsToken}`, 'content-type': 'application/json' },
      body: JSON.stringify(transactionId === undefined ? {} : { transaction_id: transactionId }),
      headersTimeout: answerTimeoutMs,
      signal,
    })
    const text = await body.text()
    if (statusCode < 200 || statusCode >= 300) return { outcome: 'bad_status', status: statusCode, body: text }
    return { outcome: 'answered', durationMs: Math.round(performance.now() - startedAt) }
  } catch (error) {
    const isTimeout = error instanceof Error && error.name === 'HeadersTimeoutError'
    return { outcome: isTimeout ? 'timeout' : 'failed', message: error instanceof Error ? error.message : String(error) }
  }
}
