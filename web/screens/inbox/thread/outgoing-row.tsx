import { FileText } from 'lucide-react'
import { useStored, useWorkspace } from '../../../data/hooks.tsx'
import { useSpeech } from '../../../i18n/language.tsx'
import { Button } from '../../../ui/button.tsx'
import { MessageText } from './bubbles/text.tsx'
import { Tick } from '../tick.tsx'

interface OutgoingRowProps {
  readonly sendKey: string
  readonly position: number
}

/** A message that the server has not answered yet: shown at once, with what became of it. */
export function OutgoingRow({ sendKey, position }: OutgoingRowProps) {
  const { words, formats } = useSpeech()
  const { sends } = useWorkspace()
  const send = useStored(`outgoing:${sendKey}`, (store) => store.outgoing(sendKey))
  if (!send) return null
  const text = send.preview ?? send.input.text
  const isFailed = send.state === 'failed'
  const isToConfirm = send.error === 'reroute_unconfirmed'
  const word = send.state === 'waiting' ? words.message.waiting : words.ticks[isFailed ? 'failed' : 'queued']
  return (
    <article
      aria-label={[words.inbox.you, formats.dateTime(send.created_at), word].join(', ')}
      aria-posinset={position}
      aria-setsize={-1}
      className={`ms-auto w-fit max-w-[min(85%,560px)] min-w-24 rounded-xl bg-out px-3 py-2 text-[15px] ${isFailed ? 'outline outline-danger' : ''}`}
    >
      {send.file_name && (
        <p className="flex items-center gap-2">
          <FileText aria-hidden size={18} className="shrink-0 text-muted" />
          <span className="min-w-0 truncate">{send.file_name}</span>
        </p>
      )}
      {text && <MessageText text={text} />}
      <footer className="mt-1 flex items-center justify-end gap-1 text-xs text-muted">
        {send.state === 'waiting' && <span>{words.message.waiting}</span>}
        <time dateTime={send.created_at}>{formats.time(send.created_at)}</time>
        <Tick status={isFailed ? 'failed' : 'queued'} />
      </footer>
      {isFailed && (
        <div className="mt-1 text-sm">
          <p className="text-danger">{words.errors[send.error ?? 'internal']}</p>
          <div className="-mx-3 flex flex-wrap">
            <Button look="quiet" onClick={() => (isToConfirm ? sends.confirmReroute(sendKey) : sends.sendAgain(sendKey))}>
              {isToConfirm ? words.message.sendFromOther : words.message.sendAgain}
            </Button>
            <Button look="quiet" onClick={() => sends.discard(sendKey)}>
              {words.message.discard}
            </Button>
          </div>
        </div>
      )}
    </article>
  )
}
