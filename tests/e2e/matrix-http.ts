/** What a homeserver answered. `body` is the parsed JSON, or undefined where it was not JSON; `bytes` are as they came. */
export interface Answer {
  status: number
  headers: Headers
  body: unknown
  bytes: Uint8Array
}

/** What goes with a call: query, and either `body` (sent as JSON) or `raw` (sent as it is). */
export interface CallOptions {
  query?: Record<string, string | number | boolean | undefined>
  body?: unknown
  raw?: string | Uint8Array<ArrayBuffer>
  headers?: Record<string, string>
  signal?: AbortSignal
}

/** A plain client for tests: paths as the Matrix spec writes them, nothing retried, nothing thrown for an error answer. */
export interface MatrixHttp {
  call(method: string, path: string, options?: CallOptions): Promise<Answer>
  get(path: string, query?: CallOptions['query']): Promise<Answer>
  put(path: string, body?: unknown, query?: CallOptions['query']): Promise<Answer>
  post(path: string, body?: unknown, query?: CallOptions['query']): Promise<Answer>
  delete(path: string): Promise<Answer>
  /** The same server with another token, or as another user or device by an application service's token. */
  as(caller: Caller): MatrixHttp
}

/** Who calls: an access token, and with an application service's the user and device to act as (protocol/homeserver.md 3.3). */
export interface Caller {
  token?: string
  userId?: string
  deviceId?: string
}

const CALL_LIMIT = 90_000

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes))
  } catch {
    return undefined
  }
}

/** A client for the homeserver at `url`, calling as `caller` (nobody where left out). */
export function matrixHttp(url: string, caller: Caller = {}): MatrixHttp {
  async function call(method: string, path: string, options: CallOptions = {}): Promise<Answer> {
    const target = new URL(url.replace(/\/$/, '') + path)
    const query = { user_id: caller.userId, device_id: caller.deviceId, ...options.query }
    for (const [key, value] of Object.entries(query)) if (value !== undefined) target.searchParams.set(key, String(value))
    const headers: Record<string, string> = { ...options.headers }
    if (caller.token !== undefined) headers['authorization'] = `Bearer ${caller.token}`
    if (options.body !== undefined) headers['content-type'] = 'application/json'
    const body = options.body === undefined ? options.raw : JSON.stringify(options.body)
    const signal = options.signal ?? AbortSignal.timeout(CALL_LIMIT)
    const answer = await fetch(target, { method, headers, redirect: 'manual', signal, ...(body === undefined ? {} : { body }) })
    const bytes = new Uint8Array(await answer.arrayBuffer())
    return { status: answer.status, headers: answer.headers, body: parseJson(bytes), bytes }
  }
  return {
    call,
    get: (path, query) => call('GET', path, query === undefined ? {} : { query }),
    put: (path, body = {}, query) => call('PUT', path, query === undefined ? { body } : { body, query }),
    post: (path, body = {}, query) => call('POST', path, query === undefined ? { body } : { body, query }),
    delete: (path) => call('DELETE', path),
    as: (other) => matrixHttp(url, { ...caller, ...other }),
  }
}

/** The value below `value` along `path`, undefined where something on the way is missing. */
export function at(value: unknown, ...path: (string | number)[]): unknown {
  let here = value
  for (const key of path) here = typeof here === 'object' && here !== null ? (here as Record<string | number, unknown>)[key] : undefined
  return here
}

/** The string below `value` along `path`; throws, showing what is there, where it is something else. */
export function stringAt(value: unknown, ...path: (string | number)[]): string {
  const found = at(value, ...path)
  if (typeof found === 'string') return found
  throw new Error(`no string at ${path.join('.')} of ${JSON.stringify(value)?.slice(0, 500)}`)
}

/** The list below `value` along `path`, empty where there is none. */
export function listAt(value: unknown, ...path: (string | number)[]): unknown[] {
  const found = at(value, ...path)
  return Array.isArray(found) ? found : []
}

/** A path with each part escaped: `path\`/rooms/${id}/state\``. */
export function path(parts: TemplateStringsArray, ...values: (string | number)[]): string {
  return parts.reduce((whole, part, index) => whole + encodeURIComponent(String(values[index - 1])) + part)
}
