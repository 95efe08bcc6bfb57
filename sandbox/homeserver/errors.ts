/** An error that reaches the client as `{errcode, error, ...}` with its HTTP status. */
export class MatrixError extends Error {
  readonly status: number
  readonly errcode: string
  readonly extra: Record<string, unknown>

  constructor(status: number, errcode: string, message: string, extra: Record<string, unknown> = {}) {
    super(message)
    this.status = status
    this.errcode = errcode
    this.extra = extra
  }

  /** The answer's body. */
  body(): Record<string, unknown> {
    return { errcode: this.errcode, error: this.message, ...this.extra }
  }
}

/** 403 M_FORBIDDEN. */
export function forbidden(message: string, extra: Record<string, unknown> = {}): MatrixError {
  return new MatrixError(403, 'M_FORBIDDEN', message, extra)
}

/** 404 M_NOT_FOUND. */
export function notFound(message: string): MatrixError {
  return new MatrixError(404, 'M_NOT_FOUND', message)
}

/** 400 with the given code, M_UNKNOWN when none is given, as Synapse does. */
export function badRequest(message: string, errcode = 'M_UNKNOWN'): MatrixError {
  return new MatrixError(400, errcode, message)
}

/** 404 (unknown path) or 405 (known path, other method) M_UNRECOGNIZED. */
export function unrecognized(status: 404 | 405): MatrixError {
  return new MatrixError(status, 'M_UNRECOGNIZED', 'Unrecognized request')
}

/** 429 with the wait in the body and, by the HTTP layer, in `Retry-After`. */
export function limitExceeded(retryAfterMs: number): MatrixError {
  return new MatrixError(429, 'M_LIMIT_EXCEEDED', 'Too Many Requests', { retry_after_ms: retryAfterMs })
}
