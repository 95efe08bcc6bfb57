import { AppError } from '../../lib/errors.ts'

/** One page of a list as it goes out. */
export interface Page<T> {
  items: T[]
  next_cursor?: string
  has_more: boolean
}
/** `limit` is 50 when the schema's default has not been filled in. */
export interface PageRequest {
  readonly cursor?: string
  readonly limit?: number
}

/** How a part of a cursor looks: an id, or microseconds since the epoch. */
const partPatterns = { id: /^[0-9a-z_]{1,80}$/, micros: /^-?\d{1,17}$/ } as const
type Part = keyof typeof partPatterns

/** Where a list goes on: the sort key of the last row, opaque to whoever carries it. */
export function encodeCursor(parts: readonly string[]): string {
  return Buffer.from(parts.join('.')).toString('base64url')
}

/** Throws invalid_request for a cursor that no list of ours has given. */
export function decodeCursor<const P extends readonly Part[]>(cursor: string, shape: P): { readonly [K in keyof P]: string } {
  const parts = Buffer.from(cursor, 'base64url').toString().split('.')
  const fits = parts.length === shape.length && shape.every((part, at) => partPatterns[part].test(parts[at] ?? ''))
  if (!fits) throw invalidCursor()
  return parts as unknown as { readonly [K in keyof P]: string }
}

function invalidCursor(): AppError {
  const detail = 'This is not a cursor of this list. Leave it out to begin at the start.'
  return new AppError('invalid_request', detail, { fields: [{ pointer: '/query/cursor', code: 'cursor', detail }] })
}

/** A page of rows that were read one more than `limit`, so that it is known whether more follow. */
export function pageOf<Row, T>(
  rows: readonly Row[],
  limit: number,
  cursorOf: (last: Row) => string,
  items: (rows: readonly Row[]) => T[],
): Page<T> {
  const shown = rows.slice(0, limit)
  const last = shown.at(-1)
  const hasMore = rows.length > limit && last !== undefined
  return { items: items(shown), ...(hasMore ? { next_cursor: cursorOf(last) } : {}), has_more: hasMore }
}

export const defaultLimit = 50

/** What a list answers of optional columns: nothing where there is none. */
export function present<K extends string, V>(key: K, value: V | null | undefined): { [P in K]?: V } {
  return value === null || value === undefined ? {} : ({ [key]: value } as { [P in K]: V })
}

/** The same for a time. */
export function presentTime<K extends string>(key: K, value: Date | null): { [P in K]?: string } {
  return present(key, value?.toISOString())
}
