import { lookup as resolve, type LookupAddress } from 'node:dns'
import { isIP, type LookupFunction } from 'node:net'
import { Readable } from 'node:stream'
import { Agent, errors, request as send } from 'undici'
import { kindOfAddress } from './addresses.ts'
import { messageOf } from './errors.ts'

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array | AsyncIterable<Uint8Array>
  /** Until the whole answer is read; for `stream()`, until it begins and between its pieces. */
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
  /** This request is held open by the other side on purpose: it must not take a connection from short ones. */
  readonly held?: boolean
  /** Refuse private addresses for this request, even where the client allows them. */
  readonly publicOnly?: boolean
}

/** The body must be read to its end or discarded. Redirects are answers like any other: the caller decides. */
export interface HttpResponse {
  readonly status: number
  readonly headers: Readonly<Record<string, string | undefined>>
  text(): Promise<string>
  json(): Promise<unknown>
  stream(): AsyncIterable<Uint8Array>
  discard(): Promise<void>
}

export interface HttpClient {
  /** Throws HttpError when no complete answer came; a bad status is an answer. */
  request(request: HttpRequest): Promise<HttpResponse>
  close(): Promise<void>
}

/** No answer. `sent` says whether the other side may have received the request, and so may have acted on it. */
export class HttpError extends Error {
  override readonly name = 'HttpError'
  readonly reason: 'forbidden_address' | 'unreachable' | 'timeout' | 'broken' | 'aborted' | 'too_large' | 'not_json'
  readonly sent: boolean
  constructor(reason: HttpError['reason'], message: string, sent: boolean, options?: ErrorOptions) {
    super(message, options)
    this.reason = reason
    this.sent = sent
  }
}

interface Options {
  /** Named in messages. */
  readonly purpose: string
  /** Whether loopback and private networks may be reached, as a homeserver or bridge beside us may be. */
  readonly allowPrivate: boolean
  readonly timeoutMs?: number
  readonly maxBodyBytes?: number
  readonly connections?: number
}

const connectTimeoutMs = 10_000

/**
 * The only way out of the server: http and https, every address checked both as it is written and as it is resolved at the
 * moment of connecting, no redirects, bounded answers (safety.md S8). Held requests have connections of their own.
 */
export function createHttpClient(options: Options): HttpClient {
  const { purpose, allowPrivate, timeoutMs: defaultTimeoutMs = 30_000, maxBodyBytes = 32 * 1024 * 1024 } = options
  const agents = new Map<string, Agent>()

  function agentFor(request: HttpRequest): Agent {
    const publicOnly = !allowPrivate || request.publicOnly === true
    const key = `${request.held === true ? 'held' : 'short'} ${publicOnly}`
    const known = agents.get(key)
    if (known !== undefined) return known
    const agent = new Agent({
      connections: request.held === true ? null : (options.connections ?? 32),
      keepAliveTimeout: 4_000,
      connect: { timeout: connectTimeoutMs, lookup: guardedLookup(publicOnly) },
      headersTimeout: 0,
      bodyTimeout: 0,
    })
    agents.set(key, agent)
    return agent
  }

  return {
    async request(request) {
      checkUrl(request.url, purpose, !allowPrivate || request.publicOnly === true)
      const deadline = startDeadline(request.timeoutMs ?? defaultTimeoutMs, request.signal)
      try {
        const answer = await send(request.url, {
          method: request.method,
          dispatcher: agentFor(request),
          headers: request.headers ?? {},
          body: bodyOf(request.body),
          signal: deadline.signal,
        })
        return responseOf(answer, { purpose, maxBodyBytes, deadline })
      } catch (error) {
        deadline.stop()
        throw toHttpError(error, { purpose, deadline, begun: false })
      }
    },
    async close() {
      await Promise.all([...agents.values()].map((agent) => agent.destroy()))
      agents.clear()
    },
  }
}

interface Deadline {
  readonly signal: AbortSignal
  readonly passed: () => boolean
  restart(): void
  stop(): void
}

function startDeadline(ms: number, outer: AbortSignal | undefined): Deadline {
  const controller = new AbortController()
  let passed = false
  const pass = () => {
    passed = true
    controller.abort()
  }
  let timer = setTimeout(pass, ms)
  const forward = () => controller.abort()
  if (outer?.aborted === true) forward()
  outer?.addEventListener('abort', forward, { once: true })
  return {
    signal: controller.signal,
    passed: () => passed,
    restart() {
      clearTimeout(timer)
      timer = setTimeout(pass, ms)
    },
    stop() {
      clearTimeout(timer)
      outer?.removeEventListener('abort', forward)
    },
  }
}

function bodyOf(body: HttpRequest['body']) {
  if (body === undefined || typeof body === 'string' || body instanceof Uint8Array) return body ?? null
  return Readable.from(body)
}

type Answer = Awaited<ReturnType<typeof send>>

function responseOf(answer: Answer, context: { purpose: string; maxBodyBytes: number; deadline: Deadline }): HttpResponse {
  const { deadline, maxBodyBytes, purpose } = context
  const headers = Object.fromEntries(
    Object.entries(answer.headers).map(([key, value]) => [key, Array.isArray(value) ? value.join(', ') : value]),
  )

  async function* pieces(): AsyncGenerator<Uint8Array> {
    let size = 0
    try {
      for await (const piece of answer.body) {
        const bytes = piece as Uint8Array
        size += bytes.byteLength
        if (size > maxBodyBytes) throw new HttpError('too_large', `${purpose}: the answer is larger than ${maxBodyBytes} bytes`, true)
        yield bytes
      }
    } catch (error) {
      throw toHttpError(error, { purpose, deadline, begun: true })
    } finally {
      deadline.stop()
      answer.body.destroy()
    }
  }
  async function text(): Promise<string> {
    const all: Uint8Array[] = []
    for await (const piece of pieces()) all.push(piece)
    return Buffer.concat(all).toString('utf8')
  }
  return {
    status: answer.statusCode,
    headers,
    text,
    async json() {
      const body = await text()
      try {
        return JSON.parse(body) as unknown
      } catch (error) {
        throw new HttpError('not_json', `${purpose}: the answer (HTTP ${answer.statusCode}) is not JSON`, true, { cause: error })
      }
    },
    async *stream() {
      deadline.restart()
      for await (const piece of pieces()) {
        deadline.restart()
        yield piece
      }
    },
    async discard() {
      await text().catch(() => {})
    },
  }
}

function checkUrl(raw: string, purpose: string, publicOnly: boolean): void {
  const url = URL.parse(raw)
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw new HttpError('forbidden_address', `${purpose}: only http and https addresses are reached`, false)
  }
  const host = url.hostname.replace(/^\[|\]$/g, '')
  if (isIP(host) !== 0) checkAddress(host, publicOnly)
}

function checkAddress(address: string, publicOnly: boolean): void {
  const kind = kindOfAddress(address)
  if (kind === 'forbidden' || (kind === 'private' && publicOnly)) {
    throw new HttpError('forbidden_address', `The address ${address} is not one that may be reached from here`, false)
  }
}

function guardedLookup(publicOnly: boolean): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
      if (error !== null) return callback(error, [])
      try {
        for (const { address } of addresses) checkAddress(address, publicOnly)
      } catch (refused) {
        return callback(refused as NodeJS.ErrnoException, [])
      }
      const first = addresses[0]
      if (options.all === true || first === undefined) return callback(null, addresses)
      return callback(null, first.address, first.family)
    })
  }
}

const neverConnected = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'UND_ERR_CONNECT_TIMEOUT'])

function toHttpError(error: unknown, context: { purpose: string; deadline: Deadline; begun: boolean }): HttpError {
  if (error instanceof HttpError) return error
  const { purpose, deadline } = context
  const code = codeOf(error)
  if (
    code !== undefined &&
    (neverConnected.has(code) || code.startsWith('ERR_TLS') || code.startsWith('CERT_') || code.endsWith('_CERT'))
  ) {
    return new HttpError('unreachable', `${purpose}: cannot connect (${code})`, false, { cause: error })
  }
  if (deadline.passed()) return new HttpError('timeout', `${purpose}: no answer in time`, true, { cause: error })
  if (deadline.signal.aborted || error instanceof errors.RequestAbortedError) {
    return new HttpError('aborted', `${purpose}: given up`, true, { cause: error })
  }
  return new HttpError('broken', `${purpose}: the connection broke (${code ?? messageOf(error)})`, true, { cause: error })
}

function codeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined
  if ('code' in error && typeof error.code === 'string') return error.code
  if ('errors' in error && Array.isArray(error.errors)) return codeOf(error.errors[0])
  return undefined
}
