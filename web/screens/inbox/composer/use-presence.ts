import { useEffect, useRef } from 'react'
import type { ConversationId } from '../../../../contract/ids.ts'
import { useWorkspace } from '../../../data/hooks.tsx'

/** Who says nothing for a minute has left; so one says it again before. */
const REPEAT_MS = 25_000
/** Who types says so again after this time, and has stopped after the longer one. */
const TYPING_MS = 5_000
const PAUSE_MS = 8_000

/** Lets colleagues see that one looks at a conversation. Call what it answers at each change of a text, with whether anything is written. */
export function usePresence(id: ConversationId): (hasText: boolean) => void {
  const { reads } = useWorkspace()
  const state = useRef<{ toldAt: number; timer?: ReturnType<typeof setTimeout> }>({ toldAt: 0 })
  useEffect(() => {
    const { current } = state
    const tell = () => document.hidden || reads.setPresence(id, 'viewing')
    tell()
    const timer = setInterval(tell, REPEAT_MS)
    return () => {
      clearInterval(timer)
      clearTimeout(current.timer)
      current.toldAt = 0
      reads.setPresence(id, 'left')
    }
  }, [id, reads])
  return (hasText) => {
    const { current } = state
    clearTimeout(current.timer)
    const stop = () => {
      if (current.toldAt > 0) reads.setPresence(id, 'viewing')
      current.toldAt = 0
    }
    if (!hasText) return stop()
    current.timer = setTimeout(stop, PAUSE_MS)
    if (Date.now() - current.toldAt < TYPING_MS) return
    current.toldAt = Date.now()
    reads.setPresence(id, 'typing')
  }
}
