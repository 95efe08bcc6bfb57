import { useEffect } from 'react'
import type { Conversation } from '../../../../contract/conversation.ts'
import { useWorkspace } from '../../../data/hooks.tsx'
import type { Thread } from '../../../data/thread.ts'

/** How long the end must be in view in a focused window before it counts as read, in milliseconds. */
const SEEN_MS = 1_000

/** Marks a conversation read when its end has really been looked at. Never in the background. */
export function useMarkRead({ id, unread_count }: Conversation, { rows }: Thread, isAtEnd: boolean): void {
  const { reads } = useWorkspace()
  const last = rows.at(-1)?.id
  const isUnread = unread_count > 0
  useEffect(() => {
    if (!isUnread || !isAtEnd || last === undefined) return
    let timer: ReturnType<typeof setTimeout> | undefined
    const look = () => {
      clearTimeout(timer)
      // A mark that does not arrive is made by the next look.
      if (document.hasFocus() && !document.hidden) timer = setTimeout(() => void reads.markRead(id, last).catch(() => undefined), SEEN_MS)
    }
    const leaving = new AbortController()
    const { signal } = leaving
    for (const event of ['focus', 'blur'] as const) addEventListener(event, look, { signal })
    document.addEventListener('visibilitychange', look, { signal })
    look()
    return () => {
      clearTimeout(timer)
      leaving.abort()
    }
  }, [reads, id, last, isUnread, isAtEnd])
}
