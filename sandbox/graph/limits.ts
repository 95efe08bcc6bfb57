import { GraphError } from './errors.ts'
import type { GraphNumber } from './state.ts'

/** How fast a number may send (protocol/meta.md 7.1): so many messages a second in all, and one in six seconds to one person after the first 45. */
export type Limits = { take: (number: GraphNumber, phone: string) => void }

const perSecond = 80
const perSecondBesideApp = 20

type Bucket = { tokens: number; at: number }

/** Throws GraphError for what is above a limit. `now` is in ms. */
export function createLimits(now: () => number): Limits {
  const buckets = new Map<string, Bucket>()
  const take = (key: string, most: number, perMs: number): boolean => {
    const at = now()
    const known = buckets.get(key) ?? { tokens: most, at }
    const tokens = Math.min(most, known.tokens + (at - known.at) * perMs)
    buckets.set(key, { tokens: tokens < 1 ? tokens : tokens - 1, at })
    return tokens >= 1
  }
  return {
    take({ id, app }, phone) {
      const most = app === undefined ? perSecond : perSecondBesideApp
      if (!take(id, most, most / 1_000)) throw new GraphError('throughput')
      if (!take(`${id} ${phone}`, 45, 1 / 6_000)) throw new GraphError('pair_limit')
    },
  }
}
