import type { Clock } from '../../lib/clock.ts'
import type { HttpClient, HttpResponse } from '../../lib/http-client.ts'
import { HttpError } from '../../lib/http-client.ts'
import type { AccountLink } from '../provider.ts'
import type { MatrixConfig } from './config.ts'
import { type Fields, fields, filled, list } from './json.ts'
import { isOurName } from './names.ts'

/** In whose name a request is made. */
export interface Actor {
  readonly token: string
  /** Present when an application service acts for one of its users. */
  readonly userId?: string
  readonly deviceId?: string
}

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

/** The homeserver refused. `retryAfterMs` is its own word on when to ask again. */
export class MatrixError extends Error {
  override readonly name = 'MatrixError'
  readonly status: number
  readonly errcode: string
  readonly retryAfterMs: number | undefined
  constructor(status: number, errcode: string, message: string, retryAfterMs?: number) {
    super(message)
    this.status = status
    this.errcode = errcode
    this.retryAfterMs = retryAfterMs
  }
}

export interface Homeserver {
  /** The JSON answer. Throws MatrixError or HttpError. Waits out a short rate limit; a long one is the caller's. */
  call(request: MatrixRequest): Promise<Fields>
  /** For the few answers that are lists. */
  callList(request: MatrixRequest): Promise<readonly unknown[]>
  upload(as: Actor, file: Upload, signal: AbortSignal): Promise<string>
  /** A file's bytes. `address` is `mxc://…` and has been checked. */
  download(as: Actor, address: string, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>>
}

export interface Upload {
  readonly fileName: string
  readonly mimeType: string
  readonly sizeBytes: number
  open(): AsyncIterable<Uint8Array>
}

interface Deps {
  readonly config: Pick<MatrixConfig, 'homeserverUrl'>
  readonly http: HttpClient
  readonly clock: Clock
  /** Between 0 and 1: spreads repeated requests. */
  readonly random?: () => number
}

const longestWaitMs = 10_000
const mediaTimeoutMs = 120_000

/** A path with its variables escaped: room and event ids may hold anything. */
export function path(parts: TemplateStringsArray, ...values: readonly string[]): string {
  return parts.reduce((whole, part, index) => `${whole}${encodeURIComponent(values[index - 1] ?? '')}${part}`)
}

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

  function urlOf(request: Pick<MatrixRequest, 'path' | 'query' | 'as'>): string {
    const { as } = request
    const query = new URLSearchParams(request.query)
    if (as?.userId !== undefined) query.set('user_id', as.userId)
    if (as?.userId !== undefined && as.deviceId !== undefined) query.set('device_id', as.deviceId)
    return `${base}${request.path}${query.size === 0 ? '' : `?${query}`}`
  }

  async function once(request: MatrixRequest): Promise<unknown> {
    const response = await http.request({
      method: request.method,
      url: urlOf(request),
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
        if (!(error instanceof MatrixError) || error.status !== 429) throw error
        pausedUntil.set(bucket, clock() + (error.retryAfterMs ?? 5_000) * (1 + 0.2 * random()))
      }
    }
  }

  return {
    call: async (request) => fields(await ask(request)),
    callList: async (request) => list(await ask(request)),
    async upload(as, file, signal) {
      const response = await http.request({
        method: 'POST',
        url: urlOf({ path: '/_matrix/media/v3/upload', query: { filename: file.fileName }, as }),
        headers: { ...authorization(as), 'content-type': file.mimeType, 'content-length': String(file.sizeBytes) },
        body: file.open(),
        timeoutMs: mediaTimeoutMs,
        signal,
      })
      const address = filled(fields(await answerOf(response))['content_uri'])
      if (address === undefined) throw new MatrixError(502, 'M_UNKNOWN', 'The homeserver took the file without giving an address')
      return address
    },
    async download(as, address, signal) {
      const [server = '', id = ''] = address.slice('mxc://'.length).split('/')
      const places = [path`/_matrix/client/v1/media/download/${server}/${id}`, path`/_matrix/media/v3/download/${server}/${id}`]
      for (const [index, place] of places.entries()) {
        const response = await http.request({
          method: 'GET',
          url: urlOf({ path: place, as }),
          headers: authorization(as),
          timeoutMs: mediaTimeoutMs,
          signal,
        })
        if (response.status === 200) return response.stream()
        if ([301, 302, 303, 307, 308].includes(response.status)) return redirected(response, signal)
        const error = await refusalOf(response)
        if (index === 0 && error.errcode === 'M_UNRECOGNIZED') continue
        throw error
      }
      throw new MatrixError(404, 'M_NOT_FOUND', 'The homeserver does not have this file')
    },
  }

  // A content network may hold the bytes: it never gets our token, and is never inside our own network.
  async function redirected(response: HttpResponse, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>> {
    const target = URL.parse(response.headers['location'] ?? '', base)
    await response.discard()
    if (target === null) throw new MatrixError(502, 'M_UNKNOWN', 'The homeserver sends to an address that is none')
    const publicOnly = target.origin !== new URL(base).origin
    const followed = await http.request({ method: 'GET', url: target.href, timeoutMs: mediaTimeoutMs, signal, publicOnly })
    if (followed.status === 200) return followed.stream()
    throw await refusalOf(followed)
  }
}

function authorization(as: Actor | undefined): Readonly<Record<string, string>> {
  return as === undefined ? {} : { authorization: `Bearer ${as.token}` }
}

async function answerOf(response: HttpResponse): Promise<unknown> {
  if (response.status < 200 || response.status >= 300) throw await refusalOf(response)
  return response.json()
}

// Proxies answer with pages of their own: whatever is no Matrix error counts by its status.
async function refusalOf(response: HttpResponse): Promise<MatrixError> {
  const body = fields(await response.json().catch(() => undefined))
  const errcode = filled(body['errcode']) ?? 'M_UNKNOWN'
  const seconds = Number(response.headers['retry-after'])
  const told = [Number.isFinite(seconds) ? seconds * 1_000 : 0, typeof body['retry_after_ms'] === 'number' ? body['retry_after_ms'] : 0]
  const retryAfterMs = Math.max(...told)
  const words = filled(body['error'])?.slice(0, 512) ?? `HTTP ${response.status}`
  return new MatrixError(response.status, errcode, words, retryAfterMs > 0 ? retryAfterMs : undefined)
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
