import type { Clock } from '../../../lib/clock.ts'
import { type HttpClient, HttpError } from '../../../lib/http-client.ts'
import type { AccountLink } from '../../provider.ts'
import type { MatrixConfig } from '../config.ts'
import { type Fields, fields, list } from '../../../lib/fields.ts'
import { createMedia, type MatrixMedia } from '../sending/media.ts'
import { isOurName } from '../names.ts'
import { troubleOf } from '../listening/signs.ts'
import { type Actor, answerOf, authorization, MatrixError, urlOf } from './wire.ts'

export interface MatrixRequest {
  readonly method: 'GET' | 'POST' | 'PUT'
  readonly path: string
  readonly as?: Actor
  readonly query?: Readonly<Record<string, string>>
  readonly body?: Readonly<Record<string, unknown>>
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
  readonly held?: boolean
}

export interface Homeserver extends MatrixMedia {
  /** The JSON answer. Throws MatrixError or HttpError. Waits out a short rate limit; a long one is the caller's. */
  call(request: MatrixRequest): Promise<Fields>
  /** For the few answers that are lists. */
  callList(request: MatrixRequest): Promise<readonly unknown[]>
}

interface Deps {
  readonly config: Pick<MatrixConfig, 'homeserverUrl'>
  readonly http: HttpClient
  readonly clock: Clock
  /** Between 0 and 1: spreads repeated requests. */
  readonly random?: () => number
  /** Hears what a request that failed says of the homeserver. */
  readonly onTrouble?: (sign: string) => void
}

const longestWaitMs = 10_000

/**
 * As whom an account of ours acts: through the application service where there is one and the account lies in its
 * namespace, else by its own token.
 */
export function actorOf(config: MatrixConfig, account: AccountLink): Actor {
  if (config.asToken !== undefined && isOurName(config, account.external)) {
    return { token: config.asToken, userId: account.external, deviceId: config.deviceId }
  }
  return { token: account.secrets['access_token'] ?? '' }
}

/** A thin client of the Matrix client-server API (protocol/homeserver.md). A 429 pauses only the caller's own kind of request. */
export function createHomeserver(deps: Deps): Homeserver {
  const { http, clock, random = Math.random } = deps
  const base = deps.config.homeserverUrl.replace(/\/+$/, '')
  const pausedUntil = new Map<string, number>()

  async function once(request: MatrixRequest): Promise<unknown> {
    const response = await http.request({
      method: request.method,
      url: urlOf(base, request.path, request.as, request.query),
      headers: { ...authorization(request.as), ...(request.body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
      ...(request.timeoutMs === undefined ? {} : { timeoutMs: request.timeoutMs }),
      ...(request.signal === undefined ? {} : { signal: request.signal }),
      ...(request.held === true ? { held: true } : {}),
    })
    return answerOf(response)
  }

  async function ask(request: MatrixRequest): Promise<unknown> {
    const bucket = `${request.as?.userId ?? request.as?.token ?? ''} ${request.method} ${request.path.split('/').slice(0, 5).join('/')}`
    for (let waited = 0; ;) {
      const wait = (pausedUntil.get(bucket) ?? 0) - clock()
      if (waited + wait > longestWaitMs) throw new MatrixError(429, 'M_LIMIT_EXCEEDED', 'The homeserver asked to wait', wait)
      if (wait > 0) {
        await pause(wait, request.signal)
        waited += wait
      }
      try {
        const answer = await once(request)
        pausedUntil.delete(bucket)
        return answer
      } catch (error) {
        const trouble = troubleOf(error)
        if (trouble !== undefined) deps.onTrouble?.(trouble)
        if (!(error instanceof MatrixError) || error.status !== 429) throw error
        pausedUntil.set(bucket, clock() + (error.retryAfterMs ?? 5_000) * (1 + 0.2 * random()))
      }
    }
  }

  return {
    ...createMedia({ http, base, clock }),
    call: async (request) => fields(await ask(request)),
    callList: async (request) => list(await ask(request)),
  }
}

async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const end = () => {
      clearTimeout(timer)
      reject(new HttpError('aborted', 'Given up while waiting for the homeserver', false))
    }
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', end)
      resolve()
    }, ms)
    if (signal?.aborted === true) end()
    else signal?.addEventListener('abort', end, { once: true })
  })
}
