import { ArrowUp } from 'lucide-react'
import { type CSSProperties, type KeyboardEvent, type ReactNode, type Ref, useEffect, useRef, useState } from 'react'
import { Virtualizer, type VirtualizerHandle } from 'virtua'
import { useLocation } from 'wouter'
import type { ConversationId } from '../../../../contract/ids.ts'
import { useCommand } from '../../../commands.ts'
import { useNow, useWorkspace } from '../../../data/hooks.tsx'
import { filterKey, type ListFilter } from '../../../data/list-filter.ts'
import { useSpeech } from '../../../i18n/language.tsx'
import { placeAddress } from '../../../router.ts'
import { usePlace } from '../use-place.ts'
import { ConversationRow } from './conversation-row.tsx'
import type { Selection } from './selection.ts'
import { useShownOrder } from './use-shown-order.ts'

/** How near the end of the list the next page is asked for, in pixels. */
const NEAR_END = 800
/** After a step by key the list stands still for so long, in milliseconds. */
const KEY_HOLD_MS = 2_000

interface RowsProps {
  readonly ids: readonly ConversationId[]
  readonly filter: ListFilter
  readonly selection: Selection
}

/** The conversations of a list, one under the other. Nothing moves while somebody points at them. */
export function Rows({ ids, filter, selection }: RowsProps) {
  const { reads } = useWorkspace()
  const { words } = useSpeech()
  const { place } = usePlace()
  const [isPointedAt, setPointedAt] = useState(false)
  const [isWalked, setWalked] = useState(false)
  const order = useShownOrder({ key: filterKey(filter), ids, open: place.id, isHeld: isPointedAt || isWalked })
  const { shown } = order
  const scroller = useRef<HTMLDivElement>(null)
  const list = useRef<VirtualizerHandle>(null)
  const now = useNow(60_000)
  const walk = useWalk({ shown, open: place.id, list, scroller, onStep: () => setWalked(true) })
  useEffect(() => {
    if (!isWalked) return
    const timer = setTimeout(() => setWalked(false), KEY_HOLD_MS)
    return () => clearTimeout(timer)
  }, [isWalked, walk.stop])
  const loadMore = () => {
    const { current } = list
    const isNear = current && current.scrollOffset + current.viewportSize > current.scrollSize - NEAR_END
    // A page that does not come is asked for again by the next scroll.
    if (isNear && reads.hasMoreConversations(filter)) reads.moreConversations(filter).catch(() => undefined)
  }
  const stopAt = shown.indexOf(walk.stop ?? ('' as ConversationId))
  return (
    <div className="relative min-h-0 flex-1">
      {order.newAbove > 0 && (
        <button
          type="button"
          title={words.inbox.showNew}
          onClick={() => {
            order.release()
            scroller.current?.scrollTo({ top: 0 })
          }}
          // Over the chips: the rows can still be pressed.
          className="target absolute inset-x-0 -top-8 z-10 mx-auto inline-flex w-fit items-center gap-1.5 rounded-full bg-brand px-4 text-sm font-medium text-onbrand shadow-lg"
        >
          {words.inbox.newAbove(order.newAbove)}
          <ArrowUp aria-hidden size={16} />
        </button>
      )}
      <div
        ref={scroller}
        role="presentation"
        className="h-full overflow-y-auto"
        onPointerEnter={(event) => setPointedAt(event.pointerType === 'mouse')}
        onPointerLeave={() => setPointedAt(false)}
        onKeyDown={walk.onKeyDown}
      >
        <Virtualizer
          ref={list}
          as="ul"
          item={Item}
          data={shown}
          itemSize={72}
          keepMounted={stopAt < 0 ? [] : [stopAt]}
          onScroll={loadMore}
          onResize={loadMore}
        >
          {(id) => (
            <ConversationRow
              key={id}
              id={id}
              href={placeAddress({ ...place, id, message: undefined })}
              isOpen={id === place.id}
              isStop={id === walk.stop}
              now={now}
              isSelected={selection.ids?.has(id)}
              onSelect={selection.toggle}
            />
          )}
        </Virtualizer>
      </div>
    </div>
  )
}

interface ItemProps {
  readonly ref?: Ref<HTMLLIElement>
  readonly style: CSSProperties
  readonly index: number
  readonly children: ReactNode
}

/** How many there are is not known before the last page was read. */
function Item({ ref, style, index, children }: ItemProps) {
  return (
    <li ref={ref} style={style} aria-posinset={index + 1} aria-setsize={-1}>
      {children}
    </li>
  )
}

interface WalkOptions {
  readonly shown: readonly ConversationId[]
  readonly open: ConversationId | undefined
  readonly list: { readonly current: VirtualizerHandle | null }
  readonly scroller: { readonly current: HTMLElement | null }
  readonly onStep: () => void
}

/** Moving through the list by key: arrows move the focus, J and K open the next one. The list is one stop of the Tab key. */
function useWalk({ shown, open, list, scroller, onStep }: WalkOptions) {
  const { store } = useWorkspace()
  const { place } = usePlace()
  const [, navigate] = useLocation()
  const [focused, setFocused] = useState<ConversationId>()
  const isThere = (id: ConversationId | undefined) => id !== undefined && shown.includes(id)
  const stop = isThere(focused) ? focused : isThere(open) ? open : shown[0]

  const bringIntoView = (id: ConversationId) => list.current?.scrollToIndex(shown.indexOf(id), { align: 'nearest' })
  const focusRow = (id: ConversationId) => {
    setFocused(id)
    onStep()
    bringIntoView(id)
    requestAnimationFrame(() => scroller.current?.querySelector<HTMLElement>(`[data-row="${id}"]`)?.focus({ preventScroll: true }))
  }
  const openRow = (id: ConversationId | undefined) => {
    if (id === undefined) return
    setFocused(id)
    bringIntoView(id)
    navigate(placeAddress({ ...place, id, message: undefined }))
  }
  const openBy = (step: 1 | -1) => openRow(shown[open === undefined ? 0 : Math.max(0, shown.indexOf(open) + step)])
  useCommand('next', () => openBy(1))
  useCommand('previous', () => openBy(-1))
  useCommand('nextUnread', () => {
    const at = open === undefined ? -1 : shown.indexOf(open)
    const isUnread = (id: ConversationId) => (store.conversation(id)?.unread_count ?? 0) > 0
    openRow([...shown.slice(at + 1), ...shown.slice(0, Math.max(at, 0))].find(isUnread))
  })

  const onKeyDown = (event: KeyboardEvent) => {
    const at = stop === undefined ? -1 : shown.indexOf(stop)
    const targets: Record<string, number> = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: shown.length - 1 }
    const target = targets[event.key]
    const id = target === undefined || event.altKey ? undefined : shown[target]
    if (id === undefined) return
    event.preventDefault()
    focusRow(id)
  }
  return { stop, onKeyDown }
}
