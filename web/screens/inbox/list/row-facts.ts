import type { Conversation } from '../../../../contract/conversation.ts'

/** A closing window is worth a mark when it has less than this left, in milliseconds. */
const WINDOW_WORRY_MS = 2 * 3_600_000
/** As many labels fit into a row. */
const SHOWN_LABELS = 2

/** How long one may still answer freely, in milliseconds; absent while there is no hurry and once it is over. */
export function windowLeft({ window_closes_at }: Pick<Conversation, 'window_closes_at'>, now: number): number | undefined {
  if (window_closes_at === undefined) return undefined
  const left = Date.parse(window_closes_at) - now
  return left > 0 && left < WINDOW_WORRY_MS ? left : undefined
}

/** The labels that stand in a row, and how many do not. */
export function shownLabels(labels: readonly string[]): { readonly shown: readonly string[]; readonly more: number } {
  return { shown: labels.slice(0, SHOWN_LABELS), more: Math.max(0, labels.length - SHOWN_LABELS) }
}

/** What the badge of unread messages says. */
export function badge(count: number): string {
  return count > 99 ? '99+' : String(count)
}
