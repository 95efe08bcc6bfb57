import type { HttpResponse } from '../../../lib/http-client.ts'
import { fields, filled } from '../../../lib/fields.ts'

/** In whose name a request is made. */
export interface Actor {
  readonly token: string
  /** Present when an application service acts for one of its users. */
  readonly userId?: string
  readonly deviceId?: string
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

/** A path with its variables escaped: room and event ids may hold anything. */
export function path(parts: TemplateStringsArray, ...values: readonly string[]): string {
  return parts.reduce((whole, part, index) => `${whole}${encodeURIComponent(values[index - 1] ?? '')}${part}`)
}

/** The address of a request; who acts stands in it where an application service acts for somebody. */
export function urlOf(base: string, place: string, as: Actor | undefined, query: Readonly<Record<string, string>> = {}): string {
  const all = new URLSearchParams(query)
  if (as?.userId !== undefined) all.set('user_id', as.userId)
  if (as?.userId !== undefined && as.deviceId !== undefined) all.set('device_id', as.deviceId)
  return `${base}${place}${all.size === 0 ? '' : `?${all.toString()}`}`
}

/** The header that says who acts. */
export function authorization(as: Actor | undefined): Readonly<Record<string, string>> {
  return as === undefined ? {} : { authorization: `Bearer ${as.token}` }
}

/** What was answered, as it came. Throws MatrixError for a refusal. */
export async function answerOf(response: HttpResponse): Promise<unknown> {
  if (response.status < 200 || response.status >= 300) throw await refusalOf(response)
  return response.json()
}

/** Reads a refusal. Proxies answer with pages of their own: what is no Matrix error counts by its status. */
export async function refusalOf(response: HttpResponse): Promise<MatrixError> {
  const body = fields(await response.json().catch(() => undefined))
  const errcode = filled(body['errcode']) ?? 'M_UNKNOWN'
  const seconds = Number(response.headers['retry-after'])
  const told = [Number.isFinite(seconds) ? seconds * 1_000 : 0, typeof body['retry_after_ms'] === 'number' ? body['retry_after_ms'] : 0]
  const retryAfterMs = Math.max(...told)
  const words = filled(body['error'])?.slice(0, 512) ?? `HTTP ${response.status}`
  return new MatrixError(response.status, errcode, words, retryAfterMs > 0 ? retryAfterMs : undefined)
}
