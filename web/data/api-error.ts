import type { ErrorCode } from '../../contract/error.ts'
import type { Problem } from '../../contract/problem.ts'

export type FieldError = NonNullable<Problem['errors']>[number]

/** The server refused. `code` is what the page has words for; `fields` name what was wrong in the body by JSON pointer. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly status: number
  readonly code: ErrorCode
  readonly fields: readonly FieldError[]
  readonly retryAfterMs: number | undefined
  readonly requestId: string | undefined

  constructor(status: number, problem: Partial<Problem>, retryAfterMs?: number) {
    super(problem.detail ?? problem.title ?? `HTTP ${status}`)
    this.status = status
    this.code = problem.code ?? codeOf(status)
    this.fields = problem.errors ?? []
    this.retryAfterMs = retryAfterMs
    this.requestId = problem.request_id
  }
}

/** No answer came: the request may or may not have arrived. */
export class NetworkError extends Error {
  override readonly name = 'NetworkError'
}

/** Reads the answer of a failed request. A proxy's answer that is no problem document still gets a code. */
export async function parseProblem(response: Response): Promise<ApiError> {
  const seconds = Number(response.headers.get('retry-after') ?? NaN)
  const retryAfterMs = Number.isFinite(seconds) ? Math.max(0, seconds * 1000) : undefined
  const isProblem = (response.headers.get('content-type') ?? '').includes('json')
  const body: unknown = isProblem ? await response.json().catch(() => ({})) : {}
  return new ApiError(response.status, typeof body === 'object' && body !== null ? body : {}, retryAfterMs)
}

/** Whether the same request may work later as it is: no answer, an overloaded or failing server, or its first copy still running. */
export function isPassing(error: unknown): boolean {
  if (error instanceof NetworkError) return true
  if (!(error instanceof ApiError)) return false
  return error.status >= 500 || error.status === 429 || error.code === 'idempotency_in_progress' || error.code === 'unauthenticated'
}

function codeOf(status: number): ErrorCode {
  if (status === 401) return 'unauthenticated'
  if (status === 403) return 'forbidden'
  if (status === 404) return 'not_found'
  if (status === 413) return 'media_too_large'
  if (status === 429) return 'rate_limited'
  if (status === 502 || status === 503 || status === 504) return 'unavailable'
  return status >= 500 ? 'internal' : 'invalid_request'
}
