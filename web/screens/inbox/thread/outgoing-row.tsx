import { FileText, X } from 'lucide-react'
import { useStored, useWorkspace } from '../../../data/hooks.tsx'
import { useSpeech } from '../../../i18n/language.tsx'
import type { Outgoing } from '../../../data/thread.ts'
import { Button, IconButton } from '../../../ui/button.tsx'
import { useFileUrl } from '../../../ui/use-file-url.ts'
import { WayOut } from './message-fate.tsx'
import { RowFocus, useRowTab } from './row-focus.ts'
import { plainName } from './text/file-name.ts'
import { RichText } from './text/rich-text.tsx'
import { Tick } from '../tick.tsx'

interface OutgoingRowProps {
  readonly sendKey: string
  readonly position: number
  /** The keyboard is here. */
  readonly isCurrent: boolean
}

/** A message that the server has not answered yet: shown at once, with what became of it. */
export function OutgoingRow({ sendKey, position, isCurrent }: OutgoingRowProps) {
  const { words, formats } = useSpeech()
  const { sends } = useWorkspace()
  const send = useStored(`outgoing:${sendKey}`, (store) => store.outgoing(sendKey))
  if (!send) return null
  const text = send.preview ?? send.input.text
  const isFailed = send.state === 'failed'
  const tab = isCurrent ? 0 : -1
  const isToConfirm = send.error === 'reroute_unconfirmed'
  const word = send.state === 'waiting' ? words.message.waiting : words.ticks[isFailed ? 'failed' : 'queued']
  return (
    <article
      aria-label={[words.inbox.you, formats.dateTime(send.created_at), word].join(', ')}
      aria-posinset={position}
      aria-setsize={-1}
      data-row={sendKey}
      tabIndex={-1}
      className="flex flex-col items-end rounded-lg pt-1"
    >
      <RowFocus value={isCurrent}>
        <div
          className={`max-w-[min(86%,560px)] rounded-2xl rounded-ee-sm bg-out px-3 py-1.5 text-[0.9375rem] shadow-xs ${isFailed ? 'outline outline-danger' : ''}`}
        >
          <SendFile send={send} onCancel={() => sends.discard(sendKey)} />
          <div className="flex flex-wrap items-end justify-end gap-x-3">
            <div className="me-auto max-w-full min-w-0">{text && <RichText isAlone text={text} />}</div>
            <footer className="flex min-h-4 items-center gap-1 text-xs leading-none text-muted">
              {send.state === 'waiting' && <span>{words.message.waiting}</span>}
              <time dateTime={send.created_at}>{formats.time(send.created_at)}</time>
              <Tick status={isFailed ? 'failed' : 'queued'} />
            </footer>
          </div>
        </div>
        {isFailed && (
          <div className="mt-0.5 grid max-w-[min(86%,560px)] justify-items-end px-1 text-end text-sm">
            <p className="text-danger">{words.errors[send.error ?? 'internal']}</p>
            <div className="-me-3 flex flex-wrap items-center justify-end">
              <Button look="quiet" tabIndex={tab} onClick={() => (isToConfirm ? sends.confirmReroute(sendKey) : sends.sendAgain(sendKey))}>
                {isToConfirm ? words.message.sendFromOther : words.message.sendAgain}
              </Button>
              {send.error && <WayOut code={send.error} />}
              <Button look="quiet" tabIndex={tab} onClick={() => sends.discard(sendKey)}>
                {words.message.discard}
              </Button>
            </div>
          </div>
        )}
      </RowFocus>
    </article>
  )
}

/** The file that goes, how far it is, and the way to give it up. */
function SendFile({ send, onCancel }: { readonly send: Outgoing; readonly onCancel: () => void }) {
  const { words } = useSpeech()
  const tab = useRowTab()
  const { file, file_name, progress, state } = send
  const url = useFileUrl(file, file?.type.startsWith('image/') === true && file.type !== 'image/svg+xml')
  if (!file_name) return null
  const name = plainName(file_name)
  return (
    <>
      {url ? (
        <img src={url} alt={name} className="mb-1 max-h-60 max-w-full rounded-lg object-contain" />
      ) : (
        <p className="flex items-center gap-2">
          <FileText aria-hidden size={18} className="shrink-0 text-muted" />
          <bdi className="min-w-0 truncate">{name}</bdi>
        </p>
      )}
      {file && state !== 'failed' && (
        <div className="flex items-center gap-2">
          <progress aria-label={words.tray.progress(name)} value={progress ?? 0} className="h-1.5 min-w-24 flex-1 accent-brand" />
          <IconButton label={words.tray.cancel} tabIndex={tab} onClick={onCancel}>
            <X aria-hidden size={16} />
          </IconButton>
        </div>
      )}
    </>
  )
}
