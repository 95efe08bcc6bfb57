import type { ErrorCode } from '../../contract/error.ts'
import type { Problem } from '../../contract/problem.ts'

/** One wrong field of a request, by its JSON pointer. */
export interface FieldError {
  readonly pointer: string
  readonly code: string
  readonly detail: string
}

/** A failure that the caller is told of: a code of the register, and a sentence that says what to do next. */
export class AppError extends Error {
  override readonly name: string = 'AppError'
  readonly code: ErrorCode
  readonly fields: readonly FieldError[]
  /** Seconds after which it is worth trying again; told as `Retry-After`. */
  readonly retryAfter: number | undefined
  /** What the problem says besides, for programs. */
  readonly more: Pick<Problem, 'reason' | 'reroute'>
  constructor(code: ErrorCode, message: string, options: ErrorOptions & Partial<Pick<AppError, 'fields' | 'retryAfter' | 'more'>> = {}) {
    super(message, options)
    this.code = code
    this.fields = options.fields ?? []
    this.retryAfter = options.retryAfter
    this.more = options.more ?? {}
  }
}

/** What becomes of a send that did not work. `whole`: all of its number waits, rather than its conversation. */
export interface SendFate {
  readonly certain: boolean
  readonly retryAfterMs: number | null
  readonly hold?: { readonly reason: 'number_limit' | 'contact_limit' | 'to_be_set_right'; readonly whole: boolean } | undefined
  /** The network's own code, where it gave one. */
  readonly networkCode?: string | undefined
}

/** A send that did not work. `certain` is false when the network may have taken it: such a send is never repeated by itself. */
export class SendError extends AppError {
  override readonly name = 'SendError'
  readonly certain: boolean
  /** Milliseconds after which the same attempt may be made again; null when it must not be. */
  readonly retryAfterMs: number | null
  /** For what it waits until then, which a reader is told; absent where it is only tried again. */
  readonly hold: SendFate['hold']
  readonly networkCode: SendFate['networkCode']
  constructor(code: ErrorCode, message: string, fate: SendFate, options?: ErrorOptions) {
    super(code, message, options)
    this.certain = fate.certain
    this.retryAfterMs = fate.retryAfterMs
    this.hold = fate.hold
    this.networkCode = fate.networkCode
  }
}

/** The message of anything thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
