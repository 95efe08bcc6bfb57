import type { MentionsInput } from '../../../../contract/content.ts'

/** What the word before the caret asks for, and where that word begins. */
export interface Trigger {
  readonly kind: 'mention' | 'canned' | 'emoji'
  readonly query: string
  readonly start: number
}

/** A `@` at the begin of a word asks for people, a `:` and two letters for emoji, a `/` at the begin of the text for canned replies. */
export function triggerAt(text: string, caret: number): Trigger | undefined {
  const before = text.slice(0, caret)
  const canned = /^\/(\S{0,40})$/.exec(before)
  if (canned) return { kind: 'canned', query: canned[1] ?? '', start: 0 }
  const mention = /(?:^|[\s("«])@([^\s@]{0,40})$/u.exec(before)
  if (mention) return { kind: 'mention', query: mention[1] ?? '', start: caret - (mention[1] ?? '').length - 1 }
  const emoji = /(?:^|\s):([\p{L}_]{2,40})$/u.exec(before)
  return emoji ? { kind: 'emoji', query: emoji[1] ?? '', start: caret - (emoji[1] ?? '').length - 1 } : undefined
}

/** The text with a piece in place of what stands between two places, and where the caret is then. */
export function replaced(text: string, from: number, to: number, piece: string): { readonly text: string; readonly caret: number } {
  return { text: text.slice(0, from) + piece + text.slice(to), caret: from + piece.length }
}

/** Those whose words answer to the query, the best first: begins with it, has a word that does, holds it, has its signs in their order. */
export function ranked<Item>(items: readonly Item[], query: string, wordsOf: (item: Item) => string, most = 8): readonly Item[] {
  const sought = fold(query)
  const rated = items.flatMap((item) => {
    const rate = rateOf(fold(wordsOf(item)), sought)
    return rate > 0 ? [{ item, rate }] : []
  })
  return rated
    .toSorted((a, b) => b.rate - a.rate)
    .slice(0, most)
    .map(({ item }) => item)
}

/** Case and the kinds of the apostrophe do not matter, nor whether one writes ґ. */
function fold(text: string): string {
  return text.toLocaleLowerCase().replaceAll(/[ʼ`’]/g, "'").replaceAll('ґ', 'г')
}

function rateOf(words: string, sought: string): number {
  if (sought === '' || words.startsWith(sought)) return 4
  if (words.split(/[\s\-_/.,]+/).some((word) => word.startsWith(sought))) return 3
  if (words.includes(sought)) return 2
  let at = 0
  for (const sign of words) if (sign === sought[at]) at += 1
  return at === sought.length ? 1 : 0
}

/** Whom the text names by `@` and their name, in UTF-16 units of it. The longest name counts where one begins with another. */
export function mentionsIn(text: string, people: readonly { readonly contact_id: string; readonly name: string }[]): MentionsInput {
  const byLength = people.filter(({ name }) => name !== '').toSorted((a, b) => b.name.length - a.name.length)
  const found: MentionsInput = []
  for (let at = text.indexOf('@'); at >= 0; at = text.indexOf('@', at + 1)) {
    const person = byLength.find(({ name }) => text.startsWith(name, at + 1) && !/^[\p{L}\p{N}]/u.test(text.slice(at + 1 + name.length)))
    if (person)
      found.push({ contact_id: person.contact_id as MentionsInput[number]['contact_id'], offset: at, length: person.name.length + 1 })
  }
  return found
}
