import { useCallback, useSyncExternalStore } from 'react'
import { parsePreferences, type Preferences } from '../data/preferences.ts'

const STORED_AS = 'mistok.preferences'
const listeners = new Set<() => void>()
let present = parsePreferences(localStorage.getItem(STORED_AS))

/** What is chosen now, for code outside of components. */
export const preferences = (): Preferences => present

/** Changes what is chosen, here and in the other tabs. */
export function setPreferences(change: Partial<Preferences>): void {
  present = { ...present, ...change }
  try {
    localStorage.setItem(STORED_AS, JSON.stringify(present))
  } catch {
    // Full or forbidden storage: it holds until the page is closed.
  }
  told()
}

/** What a person has chosen for this browser, and how to change it. */
export function usePreferences(): readonly [Preferences, typeof setPreferences] {
  const subscribe = useCallback((listener: () => void) => {
    listeners.add(listener)
    return () => void listeners.delete(listener)
  }, [])
  return [useSyncExternalStore(subscribe, preferences), setPreferences]
}

/** Puts the theme and the size of texts on the page, now and whenever they change. Called once, before anything is drawn. */
export function followPreferences(): void {
  addEventListener('storage', ({ key, newValue }) => {
    if (key !== STORED_AS) return
    present = parsePreferences(newValue)
    told()
  })
  listeners.add(showLook)
  showLook()
}

function told(): void {
  for (const listener of listeners) listener()
}

function showLook(): void {
  const { dataset } = document.documentElement
  dataset['theme'] = present.theme
  dataset['size'] = present.size
}
