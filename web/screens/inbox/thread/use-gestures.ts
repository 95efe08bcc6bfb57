import { type PointerEvent, useRef } from 'react'

/** How long a finger rests to open the actions, in milliseconds, and how far it may move, in pixels. */
const HOLD_MS = 500
const STILL = 10
/** How far a finger goes across to answer, in pixels. */
const SWIPE = 64

interface Gestures {
  readonly onHold: () => void
  readonly onSwipe: () => void
}

/** What a finger can do with a row beside pressing: rest on it, or sweep across it in the direction of reading. */
export function useGestures({ onHold, onSwipe }: Gestures) {
  const touch = useRef<{ x: number; y: number; timer: ReturnType<typeof setTimeout> }>(undefined)
  const end = () => {
    clearTimeout(touch.current?.timer)
    touch.current = undefined
  }
  return {
    onPointerDown: (event: PointerEvent) => {
      if (event.pointerType !== 'touch') return
      end()
      touch.current = { x: event.clientX, y: event.clientY, timer: setTimeout(onHold, HOLD_MS) }
    },
    onPointerMove: ({ clientX, clientY, currentTarget }: PointerEvent) => {
      const { current } = touch
      if (!current) return
      const across = (clientX - current.x) * (getComputedStyle(currentTarget).direction === 'rtl' ? -1 : 1)
      const along = Math.abs(clientY - current.y)
      if (Math.abs(across) > STILL || along > STILL) clearTimeout(current.timer)
      if (across < SWIPE || along > SWIPE / 2) return
      end()
      onSwipe()
    },
    onPointerUp: end,
    onPointerCancel: end,
  }
}
