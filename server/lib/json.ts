/** What survives in a JSON column. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json }

/**
 * JSON that PostgreSQL's jsonb takes: NUL and halves of surrogate pairs, which it refuses and which only broken or hostile
 * senders produce, become U+FFFD.
 */
export function toJsonb(value: unknown): string {
  const json = JSON.stringify(value)
  return /\\u(0000|d[89a-f])/i.test(json) ? JSON.stringify(cleaned(JSON.parse(json) as Json)) : json
}

function cleaned(value: Json): Json {
  if (typeof value === 'string') return cleanText(value)
  if (Array.isArray(value)) return value.map(cleaned)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [cleanText(key), cleaned(one as Json)]))
}

/** Text that PostgreSQL can store. */
export function cleanText(text: string): string {
  return text.toWellFormed().replaceAll('\0', '\u{FFFD}')
}
