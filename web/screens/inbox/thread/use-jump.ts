import { type RefObject, useEffect, useRef, useState } from 'react'
import type { VirtualizerHandle } from 'virtua'
import type { ConversationId, MessageId } from '../../../../contract/ids.ts'
import { useWorkspace } from '../../../data/hooks.tsx'
import { useSpeech } from '../../../i18n/language.tsx'
import { useToast } from '../../../ui/toast.tsx'
import type { Jump } from './composing.tsx'
import { holds, type Item } from './items.ts'

/** How long the message that one has jumped to is marked, in milliseconds. */
const MARKED_MS = 2_500

interface Options {
  readonly id: ConversationId
  readonly jump: Jump | undefined
  readonly items: readonly Item[]
  readonly list: RefObject<VirtualizerHandle | null>
  readonly onJump: () => void
}

/** Brings a message into view, wherever in the conversation it stands, and marks it for a moment. Answers the marked one. */
export function useJump({ id, jump, items, list, onJump }: Options): MessageId | undefined {
  const { reads } = useWorkspace()
  const { words } = useSpeech()
  const toast = useToast()
  const [goal, setGoal] = useState(jump)
  const [marked, setMarked] = useState<Jump>()
  const asked = useRef<Jump>(undefined)
  useEffect(() => setGoal(jump), [jump])
  useEffect(() => {
    if (!goal) return
    const index = items.findIndex((item) => holds(item, goal.message))
    if (index >= 0) {
      onJump()
      list.current?.scrollToIndex(index, { align: 'center' })
      setMarked(goal)
      setGoal(undefined)
    } else if (asked.current !== goal) {
      asked.current = goal
      reads.around(id, goal.message).catch(() => {
        setGoal(undefined)
        toast(words.thread.notHere, true)
      })
    }
    // Only a new goal and new items are a reason to look again.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [goal, items])
  useEffect(() => {
    if (!marked) return
    const timer = setTimeout(() => setMarked(undefined), MARKED_MS)
    return () => clearTimeout(timer)
  }, [marked])
  return marked?.message
}
