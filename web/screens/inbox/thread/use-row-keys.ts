import { type FocusEvent, type KeyboardEvent, type RefObject, useEffect, useState } from 'react'
import type { VirtualizerHandle } from 'virtua'
import type { Item } from './items.ts'

interface Options {
  readonly feed: RefObject<HTMLElement | null>
  readonly list: RefObject<VirtualizerHandle | null>
  readonly items: readonly Item[]
  readonly toEnd: () => void
}

/**
 * The keyboard in a thread: one stop of Tab, arrows go from message to message, and Tab then goes through what the current one offers.
 * Answers the index of the current item, -1 while there is none, and what the feed has to listen with.
 */
export function useRowKeys({ feed, list, items, toEnd }: Options) {
  const [key, setKey] = useState<string>()
  /** A new object asks for the focus once more. */
  const [wanted, setWanted] = useState<{ readonly key: string }>()
  const current = key === undefined ? -1 : items.findIndex((item) => item.key === key)

  const goTo = (index: number) => {
    const item = items[index]
    if (!item) return
    list.current?.scrollToIndex(index, { align: 'nearest' })
    setKey(item.key)
    setWanted({ key: item.key })
  }
  useEffect(() => {
    if (!wanted) return
    rowOf(feed.current, wanted.key)?.focus({ preventScroll: true })
  }, [feed, wanted])

  const onKeyDown = (event: KeyboardEvent) => {
    const target = event.target as HTMLElement
    const isRow = target === feed.current || target.dataset['row'] !== undefined
    if (!isRow || event.altKey || event.ctrlKey || event.metaKey) return
    const from = target === feed.current ? visibleEnd(list.current, items.length) : current
    const step = stepOf(event.key)
    if (step !== 0) goTo(target === feed.current ? from : Math.min(items.length - 1, Math.max(0, from + step)))
    else if (event.key === 'End') toEnd()
    else return
    event.preventDefault()
  }
  const onFocus = (event: FocusEvent) => {
    const row = (event.target as HTMLElement).closest<HTMLElement>('[data-row]')
    if (row?.dataset['row'] !== undefined) setKey(row.dataset['row'])
  }
  return { current, onKeyDown, onFocus }
}

function stepOf(key: string): number {
  return key === 'ArrowUp' ? -1 : key === 'ArrowDown' ? 1 : 0
}

function rowOf(feed: HTMLElement | null, key: string): HTMLElement | undefined {
  return [...(feed?.querySelectorAll<HTMLElement>('[data-row]') ?? [])].find((row) => row.dataset['row'] === key)
}

/** The last item that can be seen, where the arrows begin. */
function visibleEnd(list: VirtualizerHandle | null, count: number): number {
  return list ? Math.min(count - 1, list.findItemIndex(list.scrollOffset + list.viewportSize - 1)) : count - 1
}
