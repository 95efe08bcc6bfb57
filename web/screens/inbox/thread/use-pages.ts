import { type RefObject, useRef, useState } from 'react'
import type { VirtualizerHandle } from 'virtua'
import type { ConversationId } from '../../../../contract/ids.ts'
import { useWorkspace } from '../../../data/hooks.tsx'
import type { Thread } from '../../../data/thread.ts'

/** How near an end of what is loaded more is asked for, in pixels. */
const NEAR = 600

/** Loads older messages as the reader nears the start of what is loaded, and newer ones where it does not reach up to now. */
export function usePages(id: ConversationId, thread: Thread, list: RefObject<VirtualizerHandle | null>) {
  const { reads } = useWorkspace()
  const [state, setState] = useState<'idle' | 'loading' | 'failed'>('idle')
  /** A thread that has just been opened stands at its start until it is measured; before it has moved, that is no wish for more. */
  const hasMoved = useRef(false)
  const load = () => {
    setState('loading')
    reads.older(id).then(
      // Until the new rows are drawn and the place is kept, the reader seems to be at the start still.
      () => requestAnimationFrame(() => requestAnimationFrame(() => setState('idle'))),
      () => setState('failed'),
    )
  }
  const loadIfNear = () => {
    const { current } = list
    if (!current || thread.state !== 'ready') return
    const { scrollOffset, scrollSize, viewportSize } = current
    // What fails here is asked for again at the next movement.
    if (thread.hasNewer && scrollOffset + viewportSize > scrollSize - NEAR) void reads.newer(id).catch(() => undefined)
    if (state !== 'idle' || !thread.hasOlder) return
    if (scrollOffset > 0) hasMoved.current = true
    const isShort = scrollSize < viewportSize + NEAR
    if (isShort || (hasMoved.current && scrollOffset < NEAR)) load()
  }
  return { isLoading: state === 'loading', isFailed: state === 'failed', load, loadIfNear }
}
