import type { DeliveryState } from '../../../../../contract/delivery.ts'
import type { Message } from '../../../../../contract/message.ts'

/** So many cells are shown until all are wanted. */
const SHOWN = 4

/** From what looks least sent to what looks most. */
const order: readonly DeliveryState[] = ['failed', 'queued', 'sending', 'sent', 'delivered', 'read', 'played']

/** The one that has come least far: an album must never look more sent than one of its messages is. */
export function leastSent(messages: readonly Message[]): Message | undefined {
  const rank = ({ status }: Message) => (status ? order.indexOf(status) : order.length)
  // Of those that are as far, the one that fewest of a group have read.
  const isLess = (a: Message, b: Message) => rank(a) < rank(b) || (rank(a) === rank(b) && (a.receipts?.read ?? 0) < (b.receipts?.read ?? 0))
  return messages.reduce<Message | undefined>((least, one) => (!least || isLess(one, least) ? one : least), undefined)
}

/** The cells that are shown and how many more there are. */
export function shownOf<Part>(parts: readonly Part[], isWhole: boolean): { readonly shown: readonly Part[]; readonly hidden: number } {
  const shown = isWhole ? parts : parts.slice(0, SHOWN)
  return { shown, hidden: parts.length - shown.length }
}
