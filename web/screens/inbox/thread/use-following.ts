import { type RefObject, useEffect, useLayoutEffect, useRef, useState } from 'react'
import type { VirtualizerHandle } from 'virtua'
import type { ConversationId } from '../../../../contract/ids.ts'
import { countMessages, isPrepended, type Item } from './items.ts'

/** How near the end new messages are followed, in pixels. */
const NEAR_END = 80
/** How far below the upper edge the first unread message stands, so that what it answers can be seen. */
const CONTEXT = 72

/** Until then the list may only guess how high its rows are, in milliseconds: by a guess all may seem to fit, and the end to be in view. */
const MEASURING_MS = 200

/** Where the reader was in a conversation: which item stood at the upper edge, and how far above it began. */
interface Place {
  readonly key: string
  readonly offset: number
}

/** The places of this tab, so that coming back shows what one was reading. Whoever was at the end is at the end again. */
const places = new Map<ConversationId, Place>()

interface Options {
  readonly id: ConversationId
  readonly feed: RefObject<HTMLElement | null>
  readonly list: RefObject<VirtualizerHandle | null>
  readonly items: readonly Item[]
  /** Where reading begins; else where it was left, else at the end. */
  readonly firstUnread: number
  /** A message is looked for, so that nothing else decides where to begin. */
  readonly isJumping: boolean
  /** More messages follow that are not loaded. */
  readonly hasNewer: boolean
  readonly part: number
}

/** Keeps the end in view while the reader is there, and the reader's place while older messages are put before. */
export function useFollowing({ id, feed, list, items, firstUnread, isJumping, hasNewer, part }: Options) {
  const [start] = useState(() => beginning(id, items, firstUnread, isJumping))
  const isPinned = useRef(start === 'end')
  const [isMeasured, setMeasured] = useState(start === 'end')
  /** The end was asked for while it was not loaded. */
  const wantsEnd = useRef(false)
  const [isAtEnd, setAtEnd] = useState(start === 'end')
  const [topIndex, setTopIndex] = useState(-1)
  /** The items before the last change and since, and up to which the reader has had them in view. */
  const [shown, setShown] = useState({ before: items, items, seen: firstUnread >= 0 ? firstUnread : items.length, part })
  const isPrepending = shown.part === part && isPrepended(shown.before, shown.items)
  const count = items.length
  if (shown.items !== items || shown.part !== part) {
    const added = isPrepended(shown.items, items) ? count - shown.items.length : 0
    setShown({ before: shown.items, items, seen: shown.part === part ? shown.seen + added : count, part })
  }

  const follow = () => {
    if (isPinned.current && count > 0) list.current?.scrollToIndex(count - 1, { align: 'end' })
  }
  useLayoutEffect(() => {
    if (start === 'end' || start === 'jump') return
    list.current?.scrollToIndex(start.index, { align: 'start', offset: start.offset })
  }, [list, start])
  const { before } = shown
  useLayoutEffect(() => {
    const last = items.at(-1)
    // Whoever sends wants to see it go, wherever they were reading.
    const isOwn = last && 'send' in last && before.at(-1)?.key !== last.key
    if (isOwn || (wantsEnd.current && !hasNewer)) isPinned.current = true
    if (!hasNewer) wantsEnd.current = false
    if (isPinned.current && last) list.current?.scrollToIndex(items.length - 1, { align: 'end' })
  }, [list, items, before, hasNewer])

  useLayoutEffect(() => {
    // The list has moved the view by what was put before, but learns of it by the browser's event, after it has measured; from the very start
    // it would then move back.
    if (isPrepending) feed.current?.dispatchEvent(new Event('scroll'))
  }, [feed, items, isPrepending])

  const see = (upTo: number) => setShown((now) => (now.seen >= upTo ? now : { ...now, seen: upTo }))
  /** What has been in view is known once the reader has moved: before that the list only guesses how high its rows are. */
  const look = (hasScrolled: boolean) => {
    const { current } = list
    if (!current || count === 0) return
    const { scrollOffset, viewportSize, scrollSize } = current
    if (hasScrolled || isMeasured) isPinned.current = !hasNewer && scrollOffset + viewportSize > scrollSize - NEAR_END
    setAtEnd(isPinned.current)
    const top = current.findItemIndex(scrollOffset)
    // The line of the day stands over the first item unless it shows its own.
    setTopIndex(scrollOffset - current.getItemOffset(top) > 40 || !beginsDay(items[top]) ? top : -1)
    if (hasScrolled || isPinned.current) see(isPinned.current ? count : current.findItemIndex(scrollOffset + viewportSize) + 1)
    const key = items[top]?.key
    if (isPinned.current || key === undefined) places.delete(id)
    else places.set(id, { key, offset: scrollOffset - current.getItemOffset(top) })
  }
  useEffect(() => {
    const timer = setTimeout(() => setMeasured(true), MEASURING_MS)
    return () => clearTimeout(timer)
  }, [])
  useEffect(() => {
    if (isMeasured) look(false)
    // Looked at once more when it becomes true.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [isMeasured])
  const toEnd = () => {
    see(count)
    wantsEnd.current = hasNewer
    isPinned.current = !hasNewer
    follow()
  }
  const leaveEnd = () => {
    isPinned.current = false
    wantsEnd.current = false
  }
  const newBelow = isAtEnd ? 0 : countMessages(items.slice(shown.seen))
  return { isPrepending, isAtEnd, newBelow, topIndex, follow, look, toEnd, leaveEnd }
}

type Start = 'end' | 'jump' | { readonly index: number; readonly offset: number }

function beginning(id: ConversationId, items: readonly Item[], firstUnread: number, isJumping: boolean): Start {
  if (isJumping) return 'jump'
  if (firstUnread >= 0) return { index: firstUnread, offset: -CONTEXT }
  const place = places.get(id)
  const index = place ? items.findIndex(({ key }) => key === place.key) : -1
  return place && index >= 0 ? { index, offset: place.offset } : 'end'
}

function beginsDay(item: Item | undefined): boolean {
  return item !== undefined && 'beginsDay' in item && item.beginsDay
}
