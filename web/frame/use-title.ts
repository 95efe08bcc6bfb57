import { useEffect } from 'react'
import { useStored } from '../data/hooks.tsx'

/** Says on the tab how many conversations have something unread: in its title, and as a dot on its icon. Answers that number. */
export function useTitle(): number {
  const unread = useStored('counts', (store) => store.counts()?.unread_all ?? 0)
  useEffect(() => {
    document.title = unread > 0 ? `(${unread}) Mistok` : 'Mistok'
    const icon = document.querySelector<HTMLLinkElement>('link[rel=icon]')
    if (icon) icon.href = unread > 0 ? '/favicon-unread.svg' : '/favicon.svg'
  }, [unread])
  return unread
}
