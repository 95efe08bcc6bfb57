import { useStored } from '../../data/hooks.tsx'
import type { ListView } from '../../data/list-filter.ts'

/** How many conversations stand in the views of open ones, where it is known. */
export function useViewCounts(): Readonly<Partial<Record<ListView, number>>> {
  const counts = useStored('counts', (store) => store.counts())
  return counts ? { mine: counts.mine, unassigned: counts.unassigned, all: counts.all } : {}
}
