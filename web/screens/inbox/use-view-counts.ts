import type { ListView } from '../../data/list-filter.ts'

/** How many conversations stand in each view, where it is known. */
export function useViewCounts(): Readonly<Partial<Record<ListView, number>>> {
  return {}
}
