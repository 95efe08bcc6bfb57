import { STATUS_CODES } from 'node:http'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { errorCodes, type ErrorCode } from '../../contract/error.ts'
import type { Problem } from '../../contract/problem.ts'
import { AppError, type FieldError, messageOf } from '../lib/errors.ts'
import type { Log } from '../lib/log.ts'

const mostFields = 20

/** What Fastify or ajv throws, as far as it is looked at. */
interface Thrown {
  readonly statusCode?: number
  readonly code?: string
  readonly validation?: readonly Invalid[]
  readonly validationContext?: string
}
interface Invalid {
  readonly keyword: string
  readonly instancePath: string
  readonly params: Readonly<Record<string, unknown>>
  readonly message?: string
}

/** Every failure of every request becomes an RFC 9457 problem here; what we did not foresee is logged and told as `internal`. */
export function addProblems(app: FastifyInstance, log: Log): void {
  app.setErrorHandler((error, request, reply) => sendProblem(request, reply, toAppError(error, request, log)))
}

export function sendProblem(request: FastifyRequest, reply: FastifyReply, error: AppError): FastifyReply {
  if (error.retryAfter !== undefined) reply.header('retry-after', String(error.retryAfter))
  if (error.code === 'unauthenticated') reply.header('www-authenticate', 'Bearer')
  const problem = problemOf(error, request.id)
  return reply
    .code(problem.status)
    .type('application/problem+json')
    .send(Buffer.from(JSON.stringify(problem)))
}

function problemOf(error: AppError, requestId: string): Problem {
  const status = errorCodes[error.code]
  return {
    type: 'about:blank',
    title: STATUS_CODES[status] ?? '',
    status,
    code: error.code,
    detail: error.message,
    request_id: requestId,
    ...error.more,
    ...(error.fields.length > 0 ? { errors: [...error.fields] } : {}),
  }
}

function toAppError(error: unknown, request: FastifyRequest, log: Log): AppError {
  if (error instanceof AppError) return error
  const thrown: Thrown = typeof error === 'object' && error !== null ? error : {}
  if (thrown.validation !== undefined) return invalid(thrown.validation, thrown.validationContext ?? 'body')
  const refused = refusals[thrown.code ?? '']
  if (refused !== undefined) return new AppError(refused[0], refused[1], { cause: error })
  const status = thrown.statusCode ?? 500
  if (status >= 400 && status < 500) return new AppError(codeOf(status), messageOf(error), { cause: error })
  const stack = error instanceof Error ? error.stack : undefined
  log.error(
    { request_id: request.id, method: request.method, route: request.routeOptions.url, error: messageOf(error), stack },
    'a request failed',
  )
  return new AppError('internal', 'Something went wrong here. The request id tells the operator where to look.', { cause: error })
}

const refusals: Readonly<Record<string, readonly [ErrorCode, string]>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: ['media_too_large', 'The body of this request is too large.'],
  FST_ERR_CTP_INVALID_MEDIA_TYPE: ['unsupported_media_type', 'This call takes application/json.'],
  FST_ERR_CTP_INVALID_JSON_BODY: ['invalid_request', 'The body is not JSON.'],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: ['invalid_request', 'The body is not as long as its Content-Length says.'],
  FST_INVALID_MULTIPART_CONTENT_TYPE: ['unsupported_media_type', 'This call takes multipart/form-data with a field `file`.'],
}

function codeOf(status: number): ErrorCode {
  const known = Object.entries(errorCodes).find(([, one]) => one === status)
  return known === undefined ? 'invalid_request' : (known[0] as ErrorCode)
}

function invalid(failures: readonly Invalid[], part: string): AppError {
  const prefix = prefixes[part] ?? ''
  const fields = new Map<string, FieldError>()
  // `anyOf` and `if` only sum up what others say of the same place.
  const telling = failures.filter((failure) => failure.keyword !== 'anyOf' && failure.keyword !== 'if')
  for (const failure of telling.length > 0 ? telling : failures) {
    const field = toField(prefix, failure)
    if (!fields.has(field.pointer)) fields.set(field.pointer, field)
  }
  const [first] = fields.values()
  const where = first === undefined || first.pointer === '' ? 'The request' : first.pointer
  return new AppError('invalid_request', `${where}: ${first?.detail ?? 'is not valid'}.`, {
    fields: [...fields.values()].slice(0, mostFields),
  })
}

/** A pointer into the body stands alone; the other parts of a request are named first. */
const prefixes: Readonly<Record<string, string>> = { querystring: '/query', params: '/path', headers: '/headers' }

function toField(prefix: string, { keyword, instancePath, params, message }: Invalid): FieldError {
  const missing =
    keyword === 'required' ? params.missingProperty : keyword === 'additionalProperties' ? params.additionalProperty : undefined
  const pointer = `${prefix}${instancePath}${typeof missing === 'string' ? `/${missing.replaceAll('~', '~0').replaceAll('/', '~1')}` : ''}`
  const detail =
    keyword === 'required' ? 'is required' : keyword === 'additionalProperties' ? 'is not known here' : (message ?? 'is not valid')
  return { pointer, code: fieldCodes[keyword] ?? 'invalid', detail }
}

const fieldCodes: Readonly<Record<string, string>> = {
  required: 'required',
  additionalProperties: 'unexpected',
  type: 'type',
  enum: 'not_allowed',
  format: 'format',
  pattern: 'format',
  minLength: 'too_short',
  minItems: 'too_short',
  maxLength: 'too_long',
  maxItems: 'too_long',
  maxProperties: 'too_long',
  minimum: 'too_small',
  maximum: 'too_large',
  uniqueItems: 'duplicate',
}
