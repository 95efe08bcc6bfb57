import { useEffect } from 'react'
import { tell } from '../commands.ts'
import { commandOf } from './keys.ts'
import { preferences } from './use-preferences.ts'

const fields = 'input, textarea, select, [contenteditable=true]'

/** Lets keys do what they do everywhere. A window that lies over the page has the keyboard for itself. */
export function useShortcuts(): void {
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.isComposing || document.querySelector('dialog[open], :popover-open')) return
      const isInField = event.target instanceof Element && event.target.matches(fields)
      const command = commandOf(event, { isInField, single: preferences().keys })
      if (command !== undefined && tell(command)) event.preventDefault()
    }
    addEventListener('keydown', onKeyDown)
    return () => removeEventListener('keydown', onKeyDown)
  }, [])
}
