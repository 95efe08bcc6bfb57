import type { MessageId } from '../../../../contract/ids.ts'

/**
 * Where one is among the hits, the latest of which is the first, and what lies beside it. At a message that is no hit every hit is still to
 * come: the latest is the next older one.
 */
export function placeAmong(hits: readonly MessageId[], at: MessageId | undefined) {
  const index = at === undefined ? -1 : hits.indexOf(at)
  return { number: index + 1, older: hits[index + 1], newer: index > 0 ? hits[index - 1] : undefined }
}
