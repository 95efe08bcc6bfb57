import { useCallback, useMemo } from 'react'
import { useLocation, useRoute, useSearch } from 'wouter'
import { parsePlace, patterns, type Place, placeAddress } from '../../router.ts'

interface Moving {
  readonly place: Place
  /** Changes parts of the address. A step that Back should take back is a new entry; typing and filters replace the present one. */
  readonly go: (change: Partial<Place>, how?: 'push' | 'replace') => void
}

/** Where in the inbox the page is, and how to go elsewhere in it. */
export function usePlace(): Moving {
  const [, params] = useRoute(patterns.inbox)
  const [, navigate] = useLocation()
  const search = useSearch()
  const { view, id } = params ?? {}
  const place = useMemo(() => parsePlace({ view, id }, search), [view, id, search])
  const go = useCallback<Moving['go']>(
    (change, how = 'push') => navigate(placeAddress({ ...place, ...change }), { replace: how === 'replace' }),
    [navigate, place],
  )
  return { place, go }
}
