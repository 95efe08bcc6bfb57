/** A LIKE pattern that finds these words anywhere, whatever signs they have in them. */
export function likeAnywhere(words: string): string {
  return `%${escapeLike(words)}%`
}

/** The words with LIKE's own signs made plain. */
export function escapeLike(words: string): string {
  return words.replaceAll(/[\\%_]/g, (sign) => `\\${sign}`)
}
