import type { Language } from '../../../i18n/language.tsx'

/** An emoji, its name and what else it is found by. */
export type EmojiEntry = readonly [emoji: string, name: string, keywords: string]

/** A group of emoji. From emojibase (MIT), as a file of ours in `web/public/emoji`. */
export interface EmojiGroup {
  readonly name: string
  readonly emoji: readonly EmojiEntry[]
}

/** All emoji by groups, with names in one language. Throws when there is no answer. */
export async function loadEmoji(language: Language, signal: AbortSignal): Promise<readonly EmojiGroup[]> {
  const response = await fetch(`/emoji/${language}.json`, { signal })
  if (!response.ok) throw new Error(`The emoji were not found: ${response.status}`)
  return ((await response.json()) as { readonly groups: readonly EmojiGroup[] }).groups
}
