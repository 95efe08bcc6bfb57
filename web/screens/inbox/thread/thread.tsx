import { ArrowDown } from 'lucide-react'
import { type RefObject, useLayoutEffect, useMemo, useRef, useState } from 'react'
import { Virtualizer, type VirtualizerHandle } from 'virtua'
import type { Conversation } from '../../../../contract/conversation.ts'
import { useNow, useThread, useWorkspace } from '../../../data/hooks.tsx'
import type { Thread as Loaded } from '../../../data/thread.ts'
import { dayKey } from '../../../i18n/formats.ts'
import { useSpeech } from '../../../i18n/language.tsx'
import { Button } from '../../../ui/button.tsx'
import { Spinner } from '../../../ui/spinner.tsx'
import { useErrorText } from '../../use-action.ts'
import { DayLine } from './day-line.tsx'
import { MessageRow } from './message-row.tsx'
import { OutgoingRow } from './outgoing-row.tsx'
import { useAnnouncement } from './use-announcement.ts'
import { useMarkRead } from './use-mark-read.ts'

/** How near the oldest loaded message older ones are asked for, and how near the end new ones are followed, in pixels. */
const NEAR_START = 600
const NEAR_END = 80

type Item = { readonly key: string; readonly day?: string } & (
  | { readonly message: Loaded['rows'][number]['id'] }
  | { readonly send: string }
)

/** The messages of a conversation, oldest first. Nothing moves under the reader: only at the end are new ones followed. */
export function Thread({ conversation }: { readonly conversation: Conversation }) {
  const { words } = useSpeech()
  const errorText = useErrorText()
  const { thread, error, reload } = useThread(conversation.id)
  if (thread.state !== 'empty' && thread.state !== 'loading') return <Messages conversation={conversation} thread={thread} />
  if (thread.pending.length > 0) return <Messages conversation={conversation} thread={{ ...thread, hasOlder: false }} />
  return (
    <div className="grid flex-1 place-content-center justify-items-center gap-4">
      {error === undefined ? (
        <Spinner label={words.common.loading} />
      ) : (
        <>
          <p role="alert">
            {words.thread.failed} {errorText(error)}
          </p>
          <Button onClick={reload}>{words.common.retry}</Button>
        </>
      )}
    </div>
  )
}

function Messages({ conversation, thread }: { readonly conversation: Conversation; readonly thread: Loaded }) {
  const { words } = useSpeech()
  const items = useMemo(() => itemsOf(thread), [thread])
  const list = useRef<VirtualizerHandle>(null)
  const scroll = useFollowing(list, items)
  const older = useOlder(conversation, thread, list)
  const now = useNow(60_000)
  const news = useAnnouncement(conversation.id, thread)
  useMarkRead(conversation, thread, scroll.isAtEnd)

  return (
    <div className="relative min-h-0 flex-1 bg-bg">
      <p aria-live="polite" className="sr-only">
        {news}
      </p>
      <div
        role={items.length > 0 ? 'feed' : 'region'}
        aria-label={words.thread.messages}
        aria-busy={older.isLoading}
        // A scrolled region must be reachable by keyboard.
        tabIndex={0}
        className="flex h-full flex-col overflow-y-auto px-3 py-2 outline-offset-[-2px] [overflow-anchor:none]"
      >
        {items.length === 0 && <p className="m-auto text-muted">{words.thread.empty}</p>}
        <div className="grow" />
        <Virtualizer
          ref={list}
          data={items}
          shift={scroll.isPrepending}
          onScroll={() => {
            scroll.look()
            older.loadIfNear()
          }}
          onResize={() => {
            scroll.follow()
            older.loadIfNear()
          }}
        >
          {(item, index) => (
            <div key={item.key} className="py-1">
              {index === 0 && !thread.hasOlder && (
                <div aria-hidden className="py-2 text-center text-sm text-muted">
                  {words.thread.start}
                </div>
              )}
              {item.day && <DayLine at={item.day} now={now} />}
              {'message' in item ? (
                <MessageRow id={item.message} position={index + 1} isGroup={conversation.type === 'group'} />
              ) : (
                <OutgoingRow sendKey={item.send} position={index + 1} />
              )}
            </div>
          )}
        </Virtualizer>
      </div>
      <OlderState {...older} />
      {!scroll.isAtEnd && (
        <Button className="absolute end-4 bottom-4 rounded-full shadow-lg" onClick={scroll.toEnd}>
          <ArrowDown aria-hidden size={18} />
          {scroll.newBelow > 0 ? words.thread.newBelow(scroll.newBelow) : words.thread.latest}
        </Button>
      )}
    </div>
  )
}

/** Rows and sends in one list; the first of each day carries the day. */
function itemsOf({ rows, pending }: Loaded): readonly Item[] {
  let before: string | undefined
  const messages = rows.map(({ key, id, at }): Item => {
    const day = dayKey(at)
    const isFirst = day !== before
    before = day
    return { key, message: id, ...(isFirst ? { day: at } : {}) }
  })
  return pending.length === 0 ? messages : [...messages, ...pending.map((key): Item => ({ key, send: key }))]
}

/** Keeps the end in view while the reader is there, and the reader's place while older messages are put before. */
function useFollowing(list: RefObject<VirtualizerHandle | null>, items: readonly Item[]) {
  const isPinned = useRef(true)
  const [isAtEnd, setAtEnd] = useState(true)
  /** The items before the last change and since, and how many of them the reader has had in view. */
  const [shown, setShown] = useState({ before: items, items, seen: items.length })
  const isPrepending = isPrepended(shown.before, shown.items)
  const count = items.length
  if (shown.items !== items) {
    const added = isPrepended(shown.items, items) ? count - shown.items.length : 0
    setShown({ before: shown.items, items, seen: shown.seen + added })
  }

  const follow = () => {
    if (isPinned.current && count > 0) list.current?.scrollToIndex(count - 1, { align: 'end' })
  }
  const { before } = shown
  useLayoutEffect(() => {
    const last = items.at(-1)
    // Whoever sends wants to see it go, wherever they were reading.
    if (last && 'send' in last && before.at(-1)?.key !== last.key) isPinned.current = true
    if (isPinned.current && last) list.current?.scrollToIndex(items.length - 1, { align: 'end' })
  }, [list, items, before])

  const seeAll = () => setShown((now) => (now.seen === now.items.length ? now : { ...now, seen: now.items.length }))
  const look = () => {
    const { current } = list
    if (!current) return
    isPinned.current = current.scrollOffset + current.viewportSize > current.scrollSize - NEAR_END
    setAtEnd(isPinned.current)
    if (isPinned.current) seeAll()
  }
  const toEnd = () => {
    isPinned.current = true
    seeAll()
    follow()
  }
  return { isPrepending, isAtEnd, newBelow: isAtEnd ? 0 : Math.max(0, count - shown.seen), follow, look, toEnd }
}

/** Whether these are the items of before with others put in front of them. */
function isPrepended(before: readonly Item[], now: readonly Item[]): boolean {
  const added = now.length - before.length
  const [first] = before
  return first !== undefined && added > 0 && now[0]?.key !== first.key && now[added]?.key === first.key
}

function useOlder({ id }: Conversation, thread: Loaded, list: RefObject<VirtualizerHandle | null>) {
  const { reads } = useWorkspace()
  const [state, setState] = useState<'idle' | 'loading' | 'failed'>('idle')
  const load = () => {
    setState('loading')
    reads.older(id).then(
      () => setState('idle'),
      () => setState('failed'),
    )
  }
  const loadIfNear = () => {
    const { current } = list
    if (!current || state !== 'idle' || thread.state !== 'ready' || !thread.hasOlder) return
    const { scrollOffset, scrollSize, viewportSize } = current
    // A thread that has just been opened stands at its start until it is measured; only one that does not fill the window is short.
    const isShort = scrollSize < viewportSize + NEAR_START
    if (isShort || (scrollOffset > 0 && scrollOffset < NEAR_START)) load()
  }
  return { isLoading: state === 'loading', isFailed: state === 'failed', load, loadIfNear }
}

function OlderState({ isLoading, isFailed, load }: { readonly isLoading: boolean; readonly isFailed: boolean; readonly load: () => void }) {
  const { words } = useSpeech()
  if (!isLoading && !isFailed) return null
  return (
    <div className="absolute inset-x-0 top-2 mx-auto flex w-fit items-center gap-2 rounded-full bg-surface px-4 py-1 shadow-lg">
      {isLoading ? <Spinner label={words.thread.loadingOlder} /> : <span role="alert">{words.thread.olderFailed}</span>}
      {isFailed && (
        <Button look="quiet" onClick={load}>
          {words.common.retry}
        </Button>
      )}
    </div>
  )
}
