import { ArrowDown } from 'lucide-react'
import { useEffect, useMemo, useRef, useState } from 'react'
import { Virtualizer, type VirtualizerHandle } from 'virtua'
import type { Conversation } from '../../../../contract/conversation.ts'
import type { MessageId } from '../../../../contract/ids.ts'
import type { Note } from '../../../../contract/note.ts'
import { useNow, useStored, useThread, useWorkspace } from '../../../data/hooks.tsx'
import type { Thread as Loaded } from '../../../data/thread.ts'
import { useSpeech } from '../../../i18n/language.tsx'
import { Button } from '../../../ui/button.tsx'
import { Spinner } from '../../../ui/spinner.tsx'
import { onDemand } from '../../../ui/on-demand.tsx'
import { useErrorText } from '../../use-action.ts'
import { createAlbums } from './albums.ts'
import { useComposing } from './composing.tsx'
import { DayLine } from './day-line.tsx'
import { buildItems, type Built, findFirstUnread, type Item } from './items.ts'
import { MessageRow } from './message-row.tsx'
import { NoteRow } from './note-row.tsx'
import { OutgoingRow } from './outgoing-row.tsx'
import { useAnnouncement } from './use-announcement.ts'
import { useJump } from './use-jump.ts'
import { useMarkRead } from './use-mark-read.ts'
import { usePages } from './use-pages.ts'
import { useFollowing } from './use-following.ts'
import { useRowKeys } from './use-row-keys.ts'
import { withNotes } from './with-notes.ts'

const AlbumRow = onDemand(() => import('./album/album-row.tsx').then((part) => part.AlbumRow))

/** The messages of a conversation, oldest first. Nothing moves under the reader: only at the end are new ones followed. */
export function Thread({ conversation }: { readonly conversation: Conversation }) {
  const { words } = useSpeech()
  const errorText = useErrorText()
  const { jump } = useComposing()
  const { thread, error, reload } = useThread(conversation.id, jump?.message)
  if (thread.state !== 'empty' && thread.state !== 'loading') return <Messages conversation={conversation} thread={thread} />
  if (thread.pending.length > 0) return <Messages conversation={conversation} thread={{ ...thread, hasOlder: false }} />
  return (
    <div className="grid flex-1 place-content-center justify-items-center gap-4 bg-bg p-4">
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

interface MessagesProps {
  readonly conversation: Conversation
  readonly thread: Loaded
}

function Messages({ conversation, thread }: MessagesProps) {
  const { words } = useSpeech()
  const { id } = conversation
  const { reads } = useWorkspace()
  const { jump } = useComposing()
  const unread = useUnread(conversation, thread)
  const notes = useNotes(id)
  const items = useItems(thread, notes, unread?.first)
  const list = useRef<VirtualizerHandle>(null)
  const feed = useRef<HTMLDivElement>(null)
  const { hasNewer, part } = thread
  const firstUnread = unread ? items.findIndex((item) => 'message' in item && item.isFirstUnread) : -1
  const place = useFollowing({ id, feed, list, items, firstUnread, isJumping: jump !== undefined, hasNewer, part })
  const pages = usePages(id, thread, list)
  const marked = useJump({ id, jump, items, list, onJump: place.leaveEnd })
  const now = useNow(60_000)
  const news = useAnnouncement(id)
  const toEnd = () => {
    // What is shown may be an earlier part; the end then has to be read. A failure shows in the bar of the connection.
    if (hasNewer) void reads.thread(id).catch(() => undefined)
    place.toEnd()
  }
  const keys = useRowKeys({ feed, list, items, toEnd })
  useMarkRead(conversation, thread, place.isAtEnd && !hasNewer)
  const topItem = items[place.topIndex]

  return (
    <div className="relative min-h-0 flex-1 bg-bg">
      <p aria-live="polite" className="sr-only">
        {news}
      </p>
      {/* oxlint-disable-next-line jsx-a11y/no-static-element-interactions -- a feed is moved through by keys */}
      <div
        ref={feed}
        role={items.length > 0 ? 'feed' : 'region'}
        aria-label={words.thread.messages}
        aria-busy={pages.isLoading}
        // A scrolled region must be reachable by keyboard.
        tabIndex={0}
        onKeyDown={keys.onKeyDown}
        onFocus={keys.onFocus}
        className="flex h-full flex-col overflow-y-auto px-3 py-2 outline-offset-[-2px] [overflow-anchor:none] sm:px-6"
      >
        {items.length === 0 && <p className="m-auto text-muted">{words.thread.empty}</p>}
        {items.length > 0 && <div className="grow" />}
        <Virtualizer
          key={part}
          ref={list}
          data={items}
          shift={place.isPrepending}
          {...(keys.current >= 0 ? { keepMounted: [keys.current] } : {})}
          onScroll={() => {
            place.look(true)
            pages.loadIfNear()
          }}
          onResize={() => {
            place.follow()
            place.look(false)
            pages.loadIfNear()
          }}
        >
          {(item, index) => (
            <div key={item.key}>
              {index === 0 && !thread.hasOlder && <ThreadStart item={item} />}
              {'beginsDay' in item && item.beginsDay && <DayLine at={item.at} now={now} />}
              {'message' in item && item.isFirstUnread && unread && <UnreadLine count={unread.count} />}
              <Row conversation={conversation} item={item} position={index + 1} isCurrent={index === keys.current} marked={marked} />
            </div>
          )}
        </Virtualizer>
      </div>
      {topItem?.at && (
        <div className="pointer-events-none absolute inset-x-0 top-0">
          <DayLine at={topItem.at} now={now} />
        </div>
      )}
      <OlderState {...pages} />
      {(!place.isAtEnd || hasNewer) && items.length > 0 && <ToEnd count={place.newBelow + thread.beyond.length} onPress={toEnd} />}
    </div>
  )
}

/** What was unread when the conversation was opened; it stays so until one leaves. */
function useUnread({ unread_count }: Conversation, { rows }: Loaded) {
  const { store } = useWorkspace()
  const [unread] = useState(() => {
    const first = findFirstUnread(rows, unread_count, store.message)
    return first && { first, count: unread_count }
  })
  return unread
}

interface RowProps {
  readonly conversation: Conversation
  readonly item: Item
  readonly position: number
  readonly isCurrent: boolean
  readonly marked: MessageId | undefined
}

function Row({ conversation, item, position, isCurrent, marked }: RowProps) {
  if ('send' in item) return <OutgoingRow sendKey={item.send} position={position} isCurrent={isCurrent} />
  if ('note' in item) return <NoteRow conversation={conversation.id} item={item} position={position} isCurrent={isCurrent} />
  const isGroup = conversation.type === 'group'
  if ('album' in item) {
    return (
      // Its place is kept until its code is there.
      <div className="empty:h-84">
        <AlbumRow item={item} position={position} isGroup={isGroup} isCurrent={isCurrent} marked={marked} />
      </div>
    )
  }
  return <MessageRow item={item} position={position} isGroup={isGroup} isCurrent={isCurrent} isMarked={item.message === marked} />
}

const noNotes: readonly Note[] = []

/** The notes of the conversation, read when they are not there or out of date. */
function useNotes(id: Conversation['id']): readonly Note[] {
  const { reads } = useWorkspace()
  const notes = useStored(`notes:${id}`, (store) => store.notes(id))
  const isMissing = notes === undefined
  useEffect(() => {
    // Without them the messages are shown all the same; they come with the next connection.
    if (isMissing) void reads.notes(id).catch(() => undefined)
  }, [reads, id, isMissing])
  return notes ?? noNotes
}

/** Rows, notes and sends in one list. */
function useItems(thread: Loaded, notes: readonly Note[], firstUnread: Built['firstUnread']): readonly Item[] {
  const built = useRef<Built>(undefined)
  const [group] = useState(createAlbums)
  return useMemo(() => {
    built.current = buildItems(thread.rows, firstUnread, built.current)
    const items = group(withNotes(built.current.items, notes, thread))
    return thread.pending.length === 0 ? items : [...items, ...thread.pending.map((key): Item => ({ key, send: key }))]
    // Nothing else of the thread changes its items.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [thread.rows, thread.pending, thread.hasOlder, thread.hasNewer, notes, firstUnread])
}

/** What stands above the oldest message. What was copied from a phone began before its copy. */
function ThreadStart({ item }: { readonly item: Item }) {
  const { words } = useSpeech()
  const { store } = useWorkspace()
  const isCopied = 'message' in item && store.message(item.message)?.origin === 'history'
  return (
    <div aria-hidden className="py-2 text-center text-sm text-muted">
      {isCopied ? words.thread.startOnPhone : words.thread.start}
    </div>
  )
}

function UnreadLine({ count }: { readonly count: number }) {
  const { words } = useSpeech()
  return (
    <div aria-hidden data-unread-line className="my-2 flex items-center gap-3 text-sm font-medium text-brand">
      <span className="h-px flex-1 bg-brand" />
      {words.thread.unreadLine(count)}
      <span className="h-px flex-1 bg-brand" />
    </div>
  )
}

function ToEnd({ count, onPress }: { readonly count: number; readonly onPress: () => void }) {
  const { words } = useSpeech()
  return (
    <button
      type="button"
      aria-label={count > 0 ? words.thread.newBelow(count) : words.thread.latest}
      title={words.thread.latest}
      onClick={onPress}
      className="target absolute end-4 bottom-4 inline-flex size-11 items-center justify-center rounded-full border border-line bg-surface text-muted shadow-lg"
    >
      <ArrowDown aria-hidden size={20} />
      {count > 0 && (
        <span
          aria-hidden
          className="absolute -end-1 -top-2 min-w-5 rounded-full bg-brand px-1.5 text-center text-xs leading-5 font-medium text-onbrand"
        >
          {count > 99 ? '99+' : count}
        </span>
      )}
    </button>
  )
}

function OlderState({ isLoading, isFailed, load }: ReturnType<typeof usePages>) {
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
