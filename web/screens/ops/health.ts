import type { Call } from '../../../contract/api.ts'
import type { Channel, ChannelStatus } from '../../../contract/channel.ts'

export type Operations = Call<'getOperations'>['answer']
export type State = 'ok' | 'warning' | 'bad'

/** Something that somebody should look at. */
export interface Trouble {
  readonly kind: 'numbersDown' | 'notStored' | 'notUnderstood' | 'waiting' | 'lagging' | 'degraded' | 'warnings'
  /** How many; of `lagging`, seconds. */
  readonly count: number
}

/** A feed later than this is late, in seconds. */
const LATE_S = 2
/** A queue longer than this does not move as it should. */
const LONG_QUEUE = 50

const states: Record<ChannelStatus, State> = {
  connecting: 'ok',
  connected: 'ok',
  degraded: 'warning',
  silent: 'warning',
  phone_offline_soon: 'warning',
  restricted: 'bad',
  logged_out: 'bad',
  banned: 'bad',
}

/** How a number is, for the eye. */
export const numberState = ({ status }: Pick<Channel, 'status'>): State => states[status]

/** How a figure is, for the eye. */
export function figureState(name: keyof Operations, value: number): State {
  if (name === 'dead_letters') return value > 0 ? 'bad' : 'ok'
  if (name === 'not_understood') return value > 0 ? 'warning' : 'ok'
  if (name === 'feed_lag_seconds') return value > LATE_S ? 'warning' : 'ok'
  return value > LONG_QUEUE ? 'warning' : 'ok'
}

/** Everything that is not as it should be, the worst first; nothing when all works. */
export function troubles(operations: Operations, channels: readonly Pick<Channel, 'status'>[]): readonly Trouble[] {
  const { dead_letters, not_understood, outbox_waiting, feed_lag_seconds, degraded, warnings } = operations
  const found: readonly (Trouble & { readonly isThere: boolean })[] = [
    { kind: 'notStored', count: dead_letters, isThere: dead_letters > 0 },
    ...[channels.filter((channel) => numberState(channel) === 'bad').length].map((count) => ({
      kind: 'numbersDown' as const,
      count,
      isThere: count > 0,
    })),
    { kind: 'degraded', count: degraded.length, isThere: degraded.length > 0 },
    { kind: 'lagging', count: feed_lag_seconds, isThere: feed_lag_seconds > LATE_S },
    { kind: 'waiting', count: outbox_waiting, isThere: outbox_waiting > LONG_QUEUE },
    { kind: 'notUnderstood', count: not_understood, isThere: not_understood > 0 },
    { kind: 'warnings', count: warnings.length, isThere: warnings.length > 0 },
  ]
  return found.flatMap(({ kind, count, isThere }) => (isThere ? [{ kind, count }] : []))
}
