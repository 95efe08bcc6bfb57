import { useEffect, useRef } from 'react'
import type { ConversationId } from '../../../../contract/ids.ts'
import { useWorkspace } from '../../../data/hooks.tsx'

/** The contact sees it for 20 seconds, so whoever goes on is told again before. */
const REPEAT_MS = 10_000
const PAUSE_MS = 5_000

/** Tells the contact that somebody types: call it at each change, with whether anything is written. */
export function useTyping(id: ConversationId, isSeen: boolean): (hasText: boolean) => void {
  const { reads } = useWorkspace()
  const state = useRef<{ toldAt: number; timer?: ReturnType<typeof setTimeout> }>({ toldAt: 0 })
  useEffect(() => {
    const { current } = state
    return () => stop(current, () => reads.setTyping(id, false))
  }, [id, reads])
  return (hasText) => {
    const { current } = state
    const tellOff = () => reads.setTyping(id, false)
    if (!isSeen || !hasText) return stop(current, tellOff)
    clearTimeout(current.timer)
    current.timer = setTimeout(() => stop(current, tellOff), PAUSE_MS)
    if (Date.now() - current.toldAt < REPEAT_MS) return
    current.toldAt = Date.now()
    reads.setTyping(id, true)
  }
}

function stop(state: { toldAt: number; timer?: ReturnType<typeof setTimeout> }, tellOff: () => void): void {
  clearTimeout(state.timer)
  if (state.toldAt > 0) tellOff()
  state.toldAt = 0
}
