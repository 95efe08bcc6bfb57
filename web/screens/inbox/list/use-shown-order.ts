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
  const now = isHeld ? holdOrder(before, wanted) : { shown: wanted, newAbove: 0 }
  if (last.key !== key || last.ids !== now.shown) setLast({ key, ids: now.shown })
  return { ...now, release: () => setLast({ key, ids: wanted }) }
}
