import { useCallback, useEffect, useRef, useState } from 'react'
import type { ConversationId } from '../../../../contract/ids.ts'

/** The conversations that were chosen to be changed together; `ids` is absent while nothing is being chosen. */
export interface Selection {
  readonly ids: ReadonlySet<ConversationId> | undefined
  readonly start: () => void
  readonly clear: () => void
  /** Chooses one or lets it go; with `isRange` all from the last one to this one. */
  readonly toggle: (id: ConversationId, isRange: boolean) => void
  readonly all: () => void
}

/** What is chosen after one more press: a range is added from the last one pressed, a single one changes sides. */
export function selectNext<Id extends string>(
  selected: ReadonlySet<Id>,
  {
    shown,
    last,
    id,
    isRange,
  }: { readonly shown: readonly Id[]; readonly last: Id | undefined; readonly id: Id; readonly isRange: boolean },
): ReadonlySet<Id> {
  const [from, to] = [last === undefined ? -1 : shown.indexOf(last), shown.indexOf(id)]
  if (isRange && from >= 0 && to >= 0) return new Set([...selected, ...shown.slice(Math.min(from, to), Math.max(from, to) + 1)])
  const next = new Set(selected)
  if (!next.delete(id)) next.add(id)
  return next
}

/** Choosing in one list; another list begins with nothing chosen. */
export function useSelection(shown: readonly ConversationId[], key: string): Selection {
  const [ids, setIds] = useState<ReadonlySet<ConversationId>>()
  const last = useRef<ConversationId>(undefined)
  const listed = useRef(shown)
  useEffect(() => {
    listed.current = shown
  })
  useEffect(() => setIds(undefined), [key])
  const toggle = useCallback((id: ConversationId, isRange: boolean) => {
    const before = last.current
    last.current = id
    setIds((selected = new Set()) => selectNext(selected, { shown: listed.current, last: before, id, isRange }))
  }, [])
  return {
    ids,
    toggle,
    start: () => setIds(new Set()),
    clear: () => setIds(undefined),
    all: () => setIds(new Set(listed.current)),
  }
}
