import { objectOf, textOf, type JsonObject } from './json.ts'

/** The homeserver said no. `status` is the HTTP status, `errcode` Matrix's own code. */
export class MatrixError extends Error {
  status: number
  errcode: string
  constructor(status: number, errcode: string, text: string) {
    super(`${status} ${errcode}: ${text}`)
    this.status = status
    this.errcode = errcode
  }
}

/** One call as an application service. `as` is the user it is made for, `ts` the time to stamp on the event (ms). */
export type Call = {
  as?: string
  ts?: number
  /** The user's device that sends. */
  device?: string | undefined
  query?: Record<string, string>
  body?: JsonObject | Uint8Array
  contentType?: string
  /** Another token than the bridge's own: that of the double puppeting registration, or a user's. */
  token?: string
}

export type Homeserver = {
  /** One attempt; throws MatrixError, or another error when no answer came. */
  once: (method: string, path: string, call?: Call) => Promise<JsonObject>
  /** Repeats while the failure may pass (no answer, 5xx, 429), until it is answered or the bridge closes. */
  call: (method: string, path: string, call?: Call) => Promise<JsonObject>
  download: (mxc: string) => Promise<{ bytes: Buffer; mimeType: string }>
  /** Uploads bytes, repeated like `call`; gives the mxc address. */
  upload: (bytes: Uint8Array, mimeType: string, fileName: string, as: string) => Promise<string>
  close: () => void
}

/** A path of the client-server API with its variable parts encoded. */
export function path(parts: TemplateStringsArray, ...values: string[]): string {
  return parts.reduce((whole, part, index) => whole + encodeURIComponent(values[index - 1] ?? '') + part)
}

/** The Matrix client of the bridge: plain HTTP with its `as_token`, as any application service (protocol/homeserver.md 3.3). */
export function createHomeserver(options: { url: string; token: string; timeScale: number; log: (text: string) => void }): Homeserver {
  const closing = new AbortController()

  async function fetchFrom(method: string, where: string, call: Call): Promise<Response> {
    const url = new URL(where, options.url)
    for (const [key, value] of Object.entries(call.query ?? {})) url.searchParams.set(key, value)
    if (call.as !== undefined) url.searchParams.set('user_id', call.as)
    if (call.device !== undefined) url.searchParams.set('device_id', call.device)
    if (call.ts !== undefined) url.searchParams.set('ts', String(call.ts))
    const binary = call.body instanceof Uint8Array
    const body = call.body === undefined ? undefined : binary ? Buffer.from(call.body as Uint8Array) : JSON.stringify(call.body)
    return fetch(url, {
      method,
      headers: {
        authorization: `Bearer ${call.token ?? options.token}`,
        ...(body === undefined ? {} : { 'content-type': call.contentType ?? 'application/json' }),
      },
      ...(body === undefined ? {} : { body }),
      signal: AbortSignal.any([closing.signal, AbortSignal.timeout(60_000)]),
    })
  }

  async function once(method: string, where: string, call: Call = {}): Promise<JsonObject> {
    const response = await fetchFrom(method, where, call)
    const text = await response.text()
    const answer = parse(text)
    if (!response.ok) throw errorOf(response.status, answer, text)
    return answer ?? {}
  }

  async function patiently<T>(what: string, attempt: () => Promise<T>): Promise<T> {
    for (let wait = 4_000 * options.timeScale; ; wait = Math.min(wait * 2, 600_000 * options.timeScale)) {
      try {
        return await attempt()
      } catch (error) {
        if (closing.signal.aborted || !mayPass(error)) throw error
        options.log(`${what} failed, trying again in ${Math.round(Math.min(wait, 5_000))} ms: ${String(error)}`)
        await pause(Math.min(wait, 5_000), closing.signal)
      }
    }
  }

  return {
    once,
    call: (method, where, call) => patiently(`${method} ${where}`, () => once(method, where, call)),
    async download(mxc) {
      const response = await fetchFrom('GET', `/_matrix/client/v1/media/download/${mxc.replace(/^mxc:\/\//, '')}`, {})
      if (!response.ok) {
        const text = await response.text()
        throw errorOf(response.status, parse(text), text)
      }
      return {
        bytes: Buffer.from(await response.arrayBuffer()),
        mimeType: response.headers.get('content-type') ?? 'application/octet-stream',
      }
    },
    async upload(bytes, mimeType, fileName, as) {
      const call: Call = { as, body: bytes, contentType: mimeType, query: { filename: fileName } }
      const answer = await patiently('upload', () => once('POST', '/_matrix/media/v3/upload', call))
      return String(answer['content_uri'])
    },
    close: () => closing.abort(),
  }
}

/** Whether the same request may succeed later. */
function mayPass(error: unknown): boolean {
  return error instanceof MatrixError ? error.status >= 500 || error.status === 429 : true
}

function parse(text: string): JsonObject | undefined {
  try {
    return objectOf(JSON.parse(text))
  } catch {
    return undefined
  }
}

function errorOf(status: number, answer: JsonObject | undefined, text: string): MatrixError {
  return new MatrixError(status, textOf(answer?.['errcode']) ?? 'M_UNKNOWN', textOf(answer?.['error']) ?? text.slice(0, 200))
}

/** Waits, but not past the signal. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return
  await new Promise<void>((resolve) => {
    const finish = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', finish)
      resolve()
    }
    const timer = setTimeout(finish, ms)
    signal.addEventListener('abort', finish)
  })
}
