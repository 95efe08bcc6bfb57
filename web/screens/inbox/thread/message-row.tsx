import { memo, useRef, useState } from 'react'
import { useStored } from '../../../data/hooks.tsx'
import { useSpeech } from '../../../i18n/language.tsx'
import { Tick } from '../tick.tsx'
import { BubbleContent } from './bubbles/bubble.tsx'
import { useComposing } from './composing.tsx'
import type { MessageItem } from './items.ts'
import { MessageActions } from './message-actions.tsx'
import { Change, isDoubtful, Trouble } from './message-fate.tsx'
import { EditedMark, ReadMark } from './message-marks.tsx'
import { Forwarded, Quote, Sender } from './message-head.tsx'
import { Reactions } from './reactions.tsx'
import { RowFocus } from './row-focus.ts'
import { isPicture, shapeOf, timesOf, useNeighbours } from './row-shape.ts'
import { useGestures } from './use-gestures.ts'

interface MessageRowProps {
  readonly item: MessageItem
  readonly position: number
  readonly isGroup: boolean
  /** The keyboard is here. */
  readonly isCurrent: boolean
  /** One has just jumped here. */
  readonly isMarked: boolean
}

/** One message with what belongs to it: who, quote, content, reactions, time, tick, and what to do when it failed. */
export const MessageRow = memo(function MessageRow({ item, position, isGroup, isCurrent, isMarked }: MessageRowProps) {
  const speech = useSpeech()
  const { words, formats } = speech
  const id = item.message
  const message = useStored(`message:${id}`, (store) => store.message(id))
  const { begin } = useComposing()
  const { isFirst, isLast } = useNeighbours(item, message)
  const [isOpen, setOpen] = useState(false)
  const bubble = useRef<HTMLDivElement>(null)
  const gestures = useGestures({
    onHold: () => setOpen(true),
    onSwipe: () => message?.external_id !== undefined && begin({ mode: 'reply', message: id }),
  })
  if (!message) return null
  const isOut = message.direction === 'outbound'
  const label = [message.sender.name, formats.dateTime(message.sent_at), message.status && words.ticks[message.status]]
    .filter(Boolean)
    .join(', ')
  const isEvent = message.type === 'system'
  return (
    // A row of a feed is where the keyboard goes.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <article
      aria-label={label}
      aria-posinset={position}
      aria-setsize={-1}
      data-message={id}
      data-row={item.key}
      tabIndex={-1}
      onKeyDown={(event) => {
        if (event.target !== event.currentTarget) return
        if (event.key === 'Enter') setOpen(true)
        else if (event.code === 'KeyR' && message.external_id !== undefined) begin({ mode: 'reply', message: id })
        else return
        event.preventDefault()
      }}
      {...gestures}
      className={`group flex scroll-m-16 flex-col rounded-lg outline-offset-0 transition-colors ${isFirst ? 'pt-2' : 'pt-0.5'} ${isEvent ? 'items-center' : isOut ? 'items-end' : 'items-start'} ${isMarked ? 'bg-brand/15' : ''}`}
    >
      <RowFocus value={isCurrent}>
        <div ref={bubble} className={`relative max-w-[min(86%,560px)] text-[0.9375rem] ${shapeOf(message, isFirst, isLast)}`}>
          <Sender message={message} isGroup={isGroup} isFirst={isFirst} />
          <Forwarded message={message} />
          <Quote message={message} />
          <div className={isPicture(message) ? '' : 'flex flex-wrap items-end justify-end gap-x-3'}>
            <div className="me-auto max-w-full min-w-0">
              <BubbleContent message={message} />
            </div>
            <footer className="flex min-h-4 items-center gap-1 text-xs leading-none text-muted">
              <EditedMark message={message} />
              <ReadMark message={message} />
              <time dateTime={message.sent_at} title={formats.dateTime(message.sent_at)}>
                {formats.time(message.sent_at)}
              </time>
              {isOut && message.status && (
                <Tick status={message.status} isDoubtful={isDoubtful(message)} detail={timesOf(message, speech)} />
              )}
            </footer>
          </div>
          <MessageActions message={message} anchor={bubble} isOpen={isOpen} isCurrent={isCurrent} onOpen={setOpen} />
        </div>
        <Reactions message={message} />
        <Change message={message} />
        <Trouble message={message} />
      </RowFocus>
    </article>
  )
})
