/**
 * How far an outgoing message has come, weakest first. The order is the whole rule: a stronger proof replaces a
 * weaker one and never the other way, so receipts may arrive late, twice or out of order. `failed` stands above
 * `sent` (the network may accept and then refuse) and below `delivered` (a device has it, whatever was said).
 * Only a certain failure is `failed`; doubt is the flag `unconfirmed_since` beside the state.
 */
export const deliveryStates = ['queued', 'sending', 'sent', 'failed', 'delivered', 'read', 'played'] as const
export type DeliveryState = (typeof deliveryStates)[number]

/** The stronger of two states of one send attempt. */
export function advance(current: DeliveryState, next: DeliveryState): DeliveryState {
  return deliveryStates.indexOf(next) > deliveryStates.indexOf(current) ? next : current
}

/**
 * What a message shows, given the state of each of its attempts, oldest first: the newest attempt's,
 * except that a proof of delivery of any attempt wins over it.
 */
export function shownState(attempts: readonly DeliveryState[]): DeliveryState {
  const newest = attempts.at(-1) ?? 'queued'
  const proven = attempts.filter((state) => deliveryStates.indexOf(state) >= deliveryStates.indexOf('delivered'))
  return proven.reduce(advance, newest)
}
