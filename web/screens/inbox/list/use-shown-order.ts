import { useState } from 'react'
import type { ConversationId } from '../../../../contract/ids.ts'
import { type HeldOrder, holdOrder, keepOpen } from './held-order.ts'

interface Options {
  /** Names the list; another list is shown at once. */
  readonly key: string
  readonly ids: readonly ConversationId[]
  readonly open: ConversationId | undefined
  readonly isHeld: boolean
}

/** The order that is shown: the newest, unless the list is held. `release` shows the newest now. */
export function useShownOrder({ key, ids, open, isHeld }: Options): HeldOrder<ConversationId> & { readonly release: () => void } {
  const [last, setLast] = useState({ key, ids })
  const before = last.key === key ? last.ids : []
  const wanted = keepOpen(before, ids, open)
  const { shown, newAbove } = isHeld ? holdOrder(before, wanted) : { shown: wanted, newAbove: 0 }
  // Told apart by what is in them: the list with the open one kept is made anew each time.
  const isSame = last.key === key && shown.length === last.ids.length && shown.every((id, index) => id === last.ids[index])
  if (!isSame) setLast({ key, ids: shown })
  return { shown: isSame ? last.ids : shown, newAbove, release: () => setLast({ key, ids: wanted }) }
}
