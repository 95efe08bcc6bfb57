import { useEffect } from 'react'
import { useSpeech } from '../i18n/language.tsx'

/** Asks before what was changed and not saved is left, by a link of the page or out of it. */
export function useUnsaved(isChanged: boolean): void {
  const { words } = useSpeech()
  useEffect(() => {
    if (!isChanged) return
    const onLeave = (event: Event) => event.preventDefault()
    const onClick = (event: MouseEvent) => {
      const isLink = event.target instanceof Element && event.target.closest('a[href]') !== null
      if (!isLink || confirm(words.common.unsavedAsk)) return
      event.preventDefault()
      event.stopPropagation()
    }
    addEventListener('beforeunload', onLeave)
    addEventListener('click', onClick, { capture: true })
    return () => {
      removeEventListener('beforeunload', onLeave)
      removeEventListener('click', onClick, { capture: true })
    }
  }, [isChanged, words])
}
