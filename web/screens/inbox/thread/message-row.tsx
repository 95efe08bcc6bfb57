import { memo, useState } from 'react'
import type { MessageId } from '../../../../contract/ids.ts'
import type { Message } from '../../../../contract/message.ts'
import { useStored, useWorkspace } from '../../../data/hooks.tsx'
import { useSpeech } from '../../../i18n/language.tsx'
import { Button } from '../../../ui/button.tsx'
import { Dialog } from '../../../ui/dialog.tsx'
import { useAction } from '../../use-action.ts'
import { BubbleContent } from './bubbles/bubble.tsx'
import { MessageActions } from './message-actions.tsx'
import { Tick } from '../tick.tsx'

interface MessageRowProps {
  readonly id: MessageId
  readonly position: number
  readonly isGroup: boolean
}

/** One message with what belongs to it: who, quote, content, reactions, time, tick, and what to do when it failed. */
export const MessageRow = memo(function MessageRow({ id, position, isGroup }: MessageRowProps) {
  const { words, formats } = useSpeech()
  const message = useStored(`message:${id}`, (store) => store.message(id))
  if (!message) return null
  const isOut = message.direction === 'outbound'
  const isEvent = message.type === 'system'
  const label = [message.sender.name, formats.dateTime(message.sent_at), message.status && words.ticks[message.status]]
    .filter(Boolean)
    .join(', ')
  const side = isEvent ? 'mx-auto bg-surface2 text-center' : isOut ? 'ms-auto bg-out' : 'me-auto bg-surface'
  return (
    <article
      aria-label={label}
      aria-posinset={position}
      aria-setsize={-1}
      data-message={id}
      className={`w-fit max-w-[min(85%,560px)] min-w-24 rounded-xl px-3 py-2 text-[15px] ${side} ${message.status === 'failed' ? 'outline outline-danger' : ''}`}
    >
      <Sender message={message} isGroup={isGroup} />
      <Quote message={message} />
      <BubbleContent message={message} />
      <Reactions message={message} />
      <footer className="mt-1 flex flex-wrap items-center justify-end gap-1 text-xs text-muted">
        <MessageActions message={message} />
        {message.edited_at && <span>{words.thread.edited}</span>}
        <time dateTime={message.sent_at} title={formats.dateTime(message.sent_at)}>
          {formats.time(message.sent_at)}
        </time>
        {isOut && message.status && <Tick status={message.status} isDoubtful={isDoubtful(message)} />}
      </footer>
      <Change message={message} />
      <Trouble message={message} />
    </article>
  )
})

/** Sent for all we know, but unconfirmed for too long. */
function isDoubtful({ unconfirmed_since, status }: Message): boolean {
  return unconfirmed_since !== undefined && (status === 'queued' || status === 'sending')
}

function Sender({ message, isGroup }: { readonly message: Message; readonly isGroup: boolean }) {
  const { words } = useSpeech()
  if (message.type === 'system') return null
  const origins: Partial<Record<Message['origin'], string>> = { phone: words.thread.fromPhone, api: words.thread.fromApi }
  const isOut = message.direction === 'outbound'
  const name = isOut ? !message.sender.is_me && message.sender.name : isGroup && message.sender.name
  const parts = [name, isOut && origins[message.origin]].filter(Boolean)
  if (parts.length === 0) return null
  return (
    <p className="text-sm font-medium text-muted">
      <bdi>{parts.join(' · ')}</bdi>
    </p>
  )
}

function Quote({ message: { reply_to } }: { readonly message: Message }) {
  if (!reply_to) return null
  return (
    <blockquote className="mb-1 rounded-lg border-s-4 border-brand bg-surface2 px-2 py-1 text-sm">
      {reply_to.sender_name && <p className="font-medium">{reply_to.sender_name}</p>}
      <p dir="auto" className="line-clamp-3">
        {reply_to.preview}
      </p>
    </blockquote>
  )
}

function Reactions({ message: { reactions } }: { readonly message: Message }) {
  const { words } = useSpeech()
  if (reactions.length === 0) return null
  return (
    <ul aria-label={words.message.reactions} className="mt-1 flex flex-wrap gap-1">
      {reactions.map(({ emoji, sender }) => (
        <li key={sender.id} title={sender.name} className="rounded-full bg-surface2 px-2">
          {emoji}
          <span className="sr-only"> {sender.name}</span>
        </li>
      ))}
    </ul>
  )
}

/** What became of the last thing that was done to it, and why it still waits to be sent. */
function Change({ message: { change, held } }: { readonly message: Message }) {
  const { words, formats } = useSpeech()
  if (held) return <p className="mt-1 text-sm text-muted">{words.message.held[held.reason](formats.time(held.until))}</p>
  if (!change) return null
  if (change.status === 'pending') return <p className="mt-1 text-sm text-muted">{words.message.changing}</p>
  const isFailed = change.status === 'failed'
  return (
    <p className={`mt-1 text-sm ${isFailed ? 'text-danger' : 'text-warn'}`}>
      {isFailed ? words.message.changeFailed[change.kind] : words.message.changeUnconfirmed}
    </p>
  )
}

/** Why it was not sent, or that nobody knows, and the way to send it again. */
function Trouble({ message }: { readonly message: Message }) {
  const { words } = useSpeech()
  const { reads } = useWorkspace()
  const [isAsking, setAsking] = useState(false)
  const retry = useAction(() => reads.retry(message.id))
  const isFailed = message.status === 'failed'
  if (message.direction !== 'outbound' || (!isFailed && !isDoubtful(message))) return null
  const mayRetry = !isFailed || (message.error?.retryable ?? true)
  return (
    <div className="mt-1 grid justify-items-start text-sm">
      <p className={isFailed ? 'text-danger' : 'text-warn'}>
        {isFailed ? words.errors[message.error?.code ?? 'internal'] : words.message.unconfirmed}
      </p>
      {mayRetry && (
        <Button look="quiet" className="-mx-4" busy={retry.busy} onClick={() => (isFailed ? retry.run() : setAsking(true))}>
          {words.message.sendAgain}
        </Button>
      )}
      {retry.error && <p role="alert">{retry.error}</p>}
      {isAsking && (
        <Dialog title={words.message.sendAgain} closeLabel={words.common.close} onClose={() => setAsking(false)}>
          <p>{words.message.unconfirmedAsk}</p>
          <div className="flex flex-wrap gap-2">
            <Button
              look="primary"
              onClick={() => {
                setAsking(false)
                retry.run()
              }}
            >
              {words.message.sendAgain}
            </Button>
            <Button onClick={() => setAsking(false)}>{words.common.cancel}</Button>
          </div>
        </Dialog>
      )}
    </div>
  )
}
