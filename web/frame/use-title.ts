import { useEffect } from 'react'
import { useStored } from '../data/hooks.tsx'
import { useViewCounts } from '../screens/inbox/use-view-counts.ts'

/** Says on the tab how many conversations wait: in its title, and as a dot on its icon. */
export function useTitle(): void {
  const known = useStored('unread', (store) => store.unread())
  const { unread = known } = useViewCounts()
  useEffect(() => {
    document.title = unread > 0 ? `(${unread}) Mistok` : 'Mistok'
    const icon = document.querySelector<HTMLLinkElement>('link[rel=icon]')
    if (icon) icon.href = unread > 0 ? '/favicon-unread.svg' : '/favicon.svg'
  }, [unread])
}
