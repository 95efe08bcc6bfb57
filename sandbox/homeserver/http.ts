import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { badRequest, MatrixError, unrecognized } from './errors.ts'
import type { Faults } from './faults.ts'
import type { Json } from './state.ts'

/** One request as a handler sees it. `signal` fires when the client has gone. */
export type Request = {
  method: string
  path: string
  params: Record<string, string>
  query: URLSearchParams
  headers: IncomingMessage['headers']
  ip: string
  raw: IncomingMessage
  maxBodyBytes: number
  signal: AbortSignal
}

/** An answer: JSON by default, or bytes written by `send`. */
export type Reply = { status: number; body: unknown } | { send: (response: ServerResponse) => void }

/** Answers one request; throws MatrixError for a refusal. */
export type Handler = (request: Request) => Reply | Promise<Reply>

/** The routes of the homeserver; `:name` in a pattern is one path segment. */
export type Router = {
  on(method: string, pattern: string, handler: Handler): void
  find(method: string, path: string): { handler: Handler; params: Record<string, string> }
}

/** The largest body of a request that is no upload (Synapse: 200 events). A larger one is cut off without an answer. */
export const maxJsonBytes = 200 * 65_536

/** How long Synapse's HTTP server keeps an idle connection open. */
const idleMs = 60_000

/** 200 with a JSON body. */
export function ok(body: unknown = {}): Reply {
  return { status: 200, body }
}

/** An empty table of routes. `r0` and `unstable` paths are the `v3` ones, as in Synapse. */
export function createRouter(): Router {
  const routes: { method: string; segments: string[]; handler: Handler }[] = []
  return {
    on(method, pattern, handler) {
      routes.push({ method, segments: pattern.split('/'), handler })
    },
    find(method, path) {
      const segments = path.replace(/^\/_matrix\/client\/(r0|unstable)\//, '/_matrix/client/v3/').split('/')
      let known = false
      for (const route of routes) {
        const params = matchSegments(route.segments, segments)
        if (params === undefined) continue
        if (route.method === method) return { handler: route.handler, params }
        known = true
      }
      throw unrecognized(known ? 405 : 404)
    },
  }
}

function matchSegments(pattern: string[], segments: string[]): Record<string, string> | undefined {
  if (pattern.length !== segments.length) return undefined
  const params: Record<string, string> = {}
  for (const [at, part] of pattern.entries()) {
    const segment = segments[at] ?? ''
    if (part.startsWith(':')) params[part.slice(1)] = decode(segment)
    else if (part !== segment) return undefined
  }
  return params
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment
  }
}

/** The request's JSON object. Anything else throws as Synapse does; an empty body is `{}` only where `allowEmpty`. */
export async function readJson(request: Request, { allowEmpty = false } = {}): Promise<Json> {
  const bytes = await readBytes(request.raw, request.maxBodyBytes)
  if (bytes.length === 0 && allowEmpty) return {}
  let value: unknown
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    throw badRequest('Content not JSON.', 'M_NOT_JSON')
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw badRequest('Content must be a JSON object.', 'M_BAD_JSON')
  return value as Json
}

async function readBytes(raw: IncomingMessage, limit: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of raw as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > limit) {
      raw.socket.resetAndDestroy()
      throw new MatrixError(413, 'M_TOO_LARGE', 'Request content is too large')
    }
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/** A query parameter as a whole number; undefined when absent, 400 M_INVALID_PARAM when it is none. */
export function queryInteger(request: Request, name: string): number | undefined {
  const text = request.query.get(name)
  if (text === null) return undefined
  if (!/^-?\d+$/.test(text)) throw badRequest(`Query parameter ${name} must be an integer`, 'M_INVALID_PARAM')
  return Number(text)
}

/** A listening HTTP server; `stop` also cuts the connections that are open. */
export type HttpServer = { port: number; stop(): Promise<void> }

/** Serves the routes. Every answer carries the CORS headers of Synapse; faults of the `client` leg are played here. */
export async function listen(options: {
  host: string
  port: number
  router: Router
  faults: Faults
  maxBodyBytes: number
  log: (line: string) => void
}): Promise<HttpServer> {
  const sockets = new Set<Socket>()
  const server = createServer((raw, response) => {
    answer(options, raw, response).catch((error: unknown) => {
      options.log(`answering ${raw.method ?? ''} failed: ${String(error)}`)
      raw.socket.destroy()
    })
  })
  server.keepAliveTimeout = idleMs
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port, options.host, resolve)
  })
  return { port: (server.address() as AddressInfo).port, stop: () => stop(server, sockets) }
}

async function stop(server: Server, sockets: Set<Socket>): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  for (const socket of sockets) socket.destroy()
  await closed
}

type Serving = { router: Router; faults: Faults; maxBodyBytes: number; log: (line: string) => void; overtaken?: Set<() => void> }

/** Waits until another request has been answered, or the time is over. */
async function beOvertaken(serving: Serving, ms: number): Promise<void> {
  serving.overtaken ??= new Set()
  const passed = new Promise<void>((resolve) => serving.overtaken?.add(resolve))
  await Promise.race([passed, sleep(ms)])
}

/** The same request twice, as a proxy may send it. What was answered first is lost. */
async function runTwice(serving: Serving, incoming: Incoming): Promise<Reply> {
  const pieces: Buffer[] = []
  for await (const piece of incoming.raw as AsyncIterable<Buffer>) pieces.push(piece)
  const again = () => {
    const { headers, socket } = incoming.raw
    return { ...incoming, raw: Object.assign(Readable.from(pieces), { headers, socket }) as unknown as IncomingMessage }
  }
  await run(serving, again())
  return run(serving, again())
}

async function answer(serving: Serving, raw: IncomingMessage, response: ServerResponse): Promise<void> {
  const method = raw.method ?? 'GET'
  const [path, search] = splitUrl(raw.url ?? '/')
  for (const [name, value] of commonHeaders) response.setHeader(name, value)
  if (method === 'OPTIONS') {
    response.writeHead(204).end()
    return
  }
  if (Number(raw.headers['content-length'] ?? 0) > serving.maxBodyBytes) {
    raw.socket.resetAndDestroy()
    return
  }
  const fault = serving.faults.take('client', method, path)
  if (fault?.kind === 'drop') {
    raw.socket.destroy()
    return
  }
  if (fault?.kind === 'delay') await sleep(fault.ms)
  if (fault?.kind === 'reorder') await beOvertaken(serving, fault.ms)
  if (fault?.kind === '5xx') {
    response.writeHead(502, { 'content-type': 'text/html' }).end('<html><body><h1>502 Bad Gateway</h1></body></html>')
    return
  }
  const abort = new AbortController()
  response.on('close', () => {
    if (!response.writableFinished) abort.abort()
  })
  const incoming = { method, path, search, raw, signal: abort.signal }
  const reply =
    fault?.kind === '429'
      ? errorReply(new MatrixError(429, 'M_LIMIT_EXCEEDED', 'Too Many Requests', { retry_after_ms: fault.ms }))
      : await (fault?.kind === 'duplicate' ? runTwice : run)(serving, incoming)
  for (const pass of serving.overtaken ?? []) pass()
  serving.overtaken?.clear()
  if (fault?.kind === 'reset_after_accept') {
    raw.socket.destroy()
    return
  }
  write(response, reply)
}

function splitUrl(url: string): [string, string] {
  const at = url.indexOf('?')
  return at === -1 ? [url, ''] : [url.slice(0, at), url.slice(at + 1)]
}

type Incoming = { method: string; path: string; search: string; raw: IncomingMessage; signal: AbortSignal }

async function run(serving: Serving, { method, path, search, raw, signal }: Incoming): Promise<Reply> {
  try {
    const { handler, params } = serving.router.find(method, path)
    const query = new URLSearchParams(search)
    const { headers, socket } = raw
    const ip = socket.remoteAddress ?? ''
    return await handler({ method, path, params, query, headers, ip, raw, maxBodyBytes: serving.maxBodyBytes, signal })
  } catch (error) {
    if (error instanceof MatrixError) return errorReply(error)
    if (signal.aborted) return { status: 499, body: {} }
    serving.log(`${method} ${path} failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`)
    return { status: 500, body: { errcode: 'M_UNKNOWN', error: 'Internal server error' } }
  }
}

function errorReply(error: MatrixError): Reply {
  return { status: error.status, body: error.body() }
}

const commonHeaders = [
  ['Server', 'Synapse/1.163.2'],
  ['Access-Control-Allow-Origin', '*'],
  ['Access-Control-Allow-Methods', 'GET, HEAD, POST, PUT, DELETE, OPTIONS'],
  ['Access-Control-Allow-Headers', 'X-Requested-With, Content-Type, Authorization, Date'],
  ['Access-Control-Expose-Headers', 'Synapse-Trace-Id, Server'],
] as const

function write(response: ServerResponse, reply: Reply): void {
  if ('send' in reply) {
    reply.send(response)
    return
  }
  const bytes = Buffer.from(JSON.stringify(reply.body))
  const body = reply.body as { retry_after_ms?: unknown } | null
  if (reply.status === 429 && typeof body?.retry_after_ms === 'number') {
    response.setHeader('Retry-After', String(Math.ceil(body.retry_after_ms / 1000)))
  }
  response.writeHead(reply.status, {
    'content-type': 'application/json',
    'cache-control': 'no-cache, no-store, must-revalidate',
    'content-length': bytes.length,
  })
  response.end(bytes)
}
