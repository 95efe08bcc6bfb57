import { hasWords } from '../../data/fold.ts'

/** Something that the palette can do or lead to. `text` has its words in every language, so it is found in any. */
export interface Entry {
  readonly id: string
  readonly label: string
  readonly group: string
  readonly text: string
}

/** As many of the last ones are remembered. */
const REMEMBERED = 8

/** Entries that have the words of the query; without words those that were chosen last come first, under a heading of their own. */
export function offered<Of extends Entry>(
  entries: readonly Of[],
  query: string,
  recent: readonly string[],
  heading: string,
): readonly Of[] {
  if (query.trim() !== '') return entries.filter(({ text }) => hasWords(text, query))
  const last = recent.flatMap((id) => entries.find((entry) => entry.id === id) ?? [])
  return [...last.map((entry) => ({ ...entry, group: heading })), ...entries.filter(({ id }) => !recent.includes(id))]
}

/** The ids that were chosen last, with this one first. */
export function remembered(recent: readonly string[], id: string): readonly string[] {
  return [id, ...recent.filter((other) => other !== id)].slice(0, REMEMBERED)
}

/** Reads what was stored of the ids that were chosen last. */
export function parseRecent(text: string | null): readonly string[] {
  try {
    const value: unknown = JSON.parse(text ?? '[]')
    return Array.isArray(value) ? value.filter((id) => typeof id === 'string').slice(0, REMEMBERED) : []
  } catch {
    return []
  }
}
