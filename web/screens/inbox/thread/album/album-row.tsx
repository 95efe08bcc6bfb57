import { memo, useEffect, useState } from 'react'
import type { MessageId } from '../../../../../contract/ids.ts'
import type { Message } from '../../../../../contract/message.ts'
import { useWorkspace } from '../../../../data/hooks.tsx'
import { useSpeech } from '../../../../i18n/language.tsx'
import { useThreadLateWords } from '../../../../i18n/thread-late.ts'
import { Tick } from '../../tick.tsx'
import type { AlbumItem } from '../items.ts'
import { Change, isDoubtful, Trouble } from '../message-fate.tsx'
import { Forwarded, Sender } from '../message-head.tsx'
import { ReadMark } from '../message-marks.tsx'
import { RowFocus } from '../row-focus.ts'
import { shapeOf, timesOf, useNeighbours } from '../row-shape.ts'
import { AlbumCell } from './album-cell.tsx'
import { leastSent, shownOf } from './album-state.ts'

interface AlbumRowProps {
  readonly item: AlbumItem
  readonly position: number
  readonly isGroup: boolean
  /** The keyboard is here. */
  readonly isCurrent: boolean
  /** The message that one has just jumped to. */
  readonly marked: MessageId | undefined
}

/** Pictures and films that were sent together, as one bubble. Each stays a message: opened, answered and repaired by itself. */
export const AlbumRow = memo(function AlbumRow({ item, position, isGroup, isCurrent, marked }: AlbumRowProps) {
  const { formats } = useSpeech()
  const late = useThreadLateWords()
  const messages = useMessages(item)
  const [isWhole, setWhole] = useState(false)
  const [chosen, setChosen] = useState<MessageId>()
  const [first, last] = [messages[0], messages.at(-1)]
  const { isFirst, isLast } = useNeighbours(item, first, last)
  const { shown, hidden } = shownOf(messages, isWhole)
  // Whoever is led to a picture has to see it.
  const isHidden = marked !== undefined && messages.some(({ id }, at) => id === marked && at >= shown.length)
  if (isHidden) setWhole(true)
  if (!first || !last) return null
  const label = [first.sender.name, formats.dateTime(last.sent_at), late.album.title(messages.length)].join(', ')
  return (
    // A row of a feed is where the keyboard goes.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <article
      aria-label={label}
      aria-posinset={position}
      aria-setsize={-1}
      data-row={item.key}
      data-album={messages.length}
      tabIndex={-1}
      onKeyDown={(event) => {
        if (event.target !== event.currentTarget || event.key !== 'Enter') return
        event.preventDefault()
        event.currentTarget.querySelector<HTMLElement>('[data-message] button')?.focus()
      }}
      className={`flex scroll-m-16 flex-col rounded-lg outline-offset-0 ${isFirst ? 'pt-2' : 'pt-0.5'} ${first.direction === 'outbound' ? 'items-end' : 'items-start'}`}
    >
      <RowFocus value={isCurrent}>
        <div className={`w-82 max-w-[min(86%,560px)] text-[0.9375rem] ${shapeOf({ ...first, status: 'sent' }, isFirst, isLast)}`}>
          <div className="px-2 empty:hidden">
            <Sender message={first} isGroup={isGroup} isFirst={isFirst} />
            <Forwarded message={first} />
          </div>
          <div className={`grid grid-cols-2 gap-1 ${isWhole ? '' : shapes[Math.min(shown.length, 4) as 2 | 3 | 4]}`}>
            {shown.map((message, at) => (
              <AlbumCell
                key={message.id}
                message={message}
                place={late.album.place(at + 1, messages.length)}
                more={at === shown.length - 1 && hidden > 0 ? hidden : 0}
                isChosen={isCurrent && message.id === (chosen ?? first.id)}
                isMarked={message.id === marked}
                isWide={messages.length !== 2 && at === 0 && shown.length % 2 === 1}
                isSquare={isWhole}
                onChoose={() => setChosen(message.id)}
              />
            ))}
          </div>
          <Foot messages={messages} hidden={hidden} isCurrent={isCurrent} onWhole={() => setWhole(true)} />
        </div>
        {messages.map((message, at) => (
          <Fate key={message.id} message={message} place={late.album.place(at + 1, messages.length)} />
        ))}
      </RowFocus>
    </article>
  )
})

/** The shape of the whole grid, known before any picture is there. */
const shapes = { 2: 'aspect-[4/3]', 3: 'aspect-square grid-rows-2', 4: 'aspect-square grid-rows-2' } as const

interface FootProps {
  readonly messages: readonly Message[]
  readonly hidden: number
  readonly isCurrent: boolean
  readonly onWhole: () => void
}

/** When the last one came, and how far the slowest has come. */
function Foot({ messages, hidden, isCurrent, onWhole }: FootProps) {
  const speech = useSpeech()
  const late = useThreadLateWords()
  const last = messages.at(-1)
  const least = leastSent(messages)
  return (
    <footer className="flex min-h-4 items-center gap-1 text-xs leading-none text-muted">
      {hidden > 0 && (
        <button
          type="button"
          tabIndex={isCurrent ? 0 : -1}
          onClick={onWhole}
          className="target -my-2 me-auto text-start text-sm font-medium text-brand"
        >
          {late.album.showAll(messages.length)}
        </button>
      )}
      {least && <ReadMark message={least} />}
      {last && (
        <time dateTime={last.sent_at} title={speech.formats.dateTime(last.sent_at)}>
          {speech.formats.time(last.sent_at)}
        </time>
      )}
      {least?.status && <Tick status={least.status} isDoubtful={isDoubtful(least)} detail={timesOf(least, speech)} />}
    </footer>
  )
}

/** What became of one of them, where there is something to say. */
function Fate({ message, place }: { readonly message: Message; readonly place: string }) {
  const isQuiet = message.status !== 'failed' && !isDoubtful(message) && !message.change && !message.held
  if (isQuiet) return null
  return (
    <>
      <p className="mt-1 px-1 text-xs text-muted">{place}</p>
      <Change message={message} />
      <Trouble message={message} />
    </>
  )
}

/** The messages of the album as they are now. */
function useMessages({ album }: AlbumItem): readonly Message[] {
  const { store } = useWorkspace()
  const [, setCount] = useState(0)
  useEffect(() => {
    const leave = album.map(({ message }) => store.subscribe(`message:${message}`, () => setCount((count) => count + 1)))
    return () => leave.forEach((each) => each())
  }, [store, album])
  return album.flatMap(({ message }) => store.message(message) ?? [])
}
