import type { Json } from './json.ts'

/** A JSON object whose members have not been looked at. */
export type Fields = Readonly<Record<string, unknown>>

/** The value as an object; an empty one for anything else, so that reading on finds nothing. */
export function fields(value: unknown): Fields {
  return isFields(value) ? value : {}
}

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

export function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

/** A string that holds something. */
export function filled(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

export function texts(value: unknown): readonly string[] {
  return list(value).filter((item) => typeof item === 'string')
}

/** An id of a room, event or user: the specification ends them at 255 bytes, and what is longer fits into no index, or is no text, into no database. */
export function readId(value: unknown): string | undefined {
  const id = filled(value)
  return id === undefined || id.length > 255 || id.includes('\0') || !id.isWellFormed() ? undefined : id
}

/** A whole number that is not negative. */
export function count(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined
}

/** A value that came out of JSON, as what it is. */
export function asJson(value: unknown): Json {
  return (value === undefined ? null : value) as Json
}

/** Leaves out what is undefined, as `exactOptionalPropertyTypes` wants it. */
export function present<T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>
  }
}
