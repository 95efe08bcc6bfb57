import type { ListView } from '../../data/list-filter.ts'

/** How many conversations stand in each view, and how many are unread, where it is known. */
export function useViewCounts(): Readonly<Partial<Record<ListView | 'unread', number>>> {
  return {}
}
