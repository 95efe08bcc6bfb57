import { type ReactNode, useState } from 'react'
import { Link } from 'wouter'
import type { ErrorCode } from '../../../../contract/error.ts'
import type { Message } from '../../../../contract/message.ts'
import { useWorkspace } from '../../../data/hooks.tsx'
import { useSpeech } from '../../../i18n/language.tsx'
import { paths } from '../../../router.ts'
import { Button } from '../../../ui/button.tsx'
import { Dialog } from '../../../ui/dialog.tsx'
import { useToast } from '../../../ui/toast.tsx'
import { useAction } from '../../use-action.ts'
import { useComposing } from './composing.tsx'
import { useRowTab } from './row-focus.ts'

/** Sent for all we know, but unconfirmed for too long. */
export function isDoubtful({ unconfirmed_since, status }: Message): boolean {
  return unconfirmed_since !== undefined && (status === 'queued' || status === 'sending')
}

/** What became of the last thing that was done to it, and why it still waits to be sent. */
export function Change({ message: { change, held } }: { readonly message: Message }) {
  const { words, formats } = useSpeech()
  if (held) return <Line colour="text-muted">{words.message.held[held.reason](formats.time(held.until))}</Line>
  if (!change) return null
  if (change.status === 'pending') return <Line colour="text-muted">{words.message.changing}</Line>
  const isFailed = change.status === 'failed'
  return (
    <Line colour={isFailed ? 'text-danger' : 'text-warn'}>
      {isFailed ? words.message.changeFailed[change.kind] : words.message.changeUnconfirmed}
    </Line>
  )
}

function Line({ colour, children }: { readonly colour: string; readonly children: ReactNode }) {
  return <p className={`mt-0.5 max-w-[min(86%,560px)] px-1 text-sm ${colour}`}>{children}</p>
}

/** Why it was not sent, or that nobody knows, and what can be done about it. */
export function Trouble({ message }: { readonly message: Message }) {
  const { words } = useSpeech()
  const { reads } = useWorkspace()
  const tab = useRowTab()
  const [isAsking, setAsking] = useState(false)
  const retry = useAction(() => reads.retry(message.id))
  const isFailed = message.status === 'failed'
  if (message.direction !== 'outbound' || (!isFailed && !isDoubtful(message))) return null
  const code = message.error?.code ?? 'internal'
  const reason = words.networkErrors[message.error?.network_code ?? ''] ?? words.errors[code]
  const mayRetry = !isFailed || (message.error?.retryable ?? true)
  return (
    <div className="mt-0.5 grid max-w-[min(86%,560px)] justify-items-end px-1 text-end text-sm">
      <p className={isFailed ? 'text-danger' : 'text-warn'}>{isFailed ? reason : words.message.unconfirmed}</p>
      <div className="-me-3 flex flex-wrap items-center justify-end">
        {mayRetry && (
          <Button look="quiet" tabIndex={tab} busy={retry.busy} onClick={() => (isFailed ? retry.run() : setAsking(true))}>
            {words.message.sendAgain}
          </Button>
        )}
        {isFailed && <WayOut code={code} />}
        {isFailed && message.error && <Details message={message} detail={message.error.detail} code={code} />}
      </div>
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

/** What helps against this refusal, where sending it again does not. */
export function WayOut({ code }: { readonly code: ErrorCode }) {
  const { words } = useSpeech()
  const { setWish } = useComposing()
  const tab = useRowTab()
  if (code === 'window_closed') {
    return (
      <Button look="quiet" tabIndex={tab} onClick={() => setWish({ kind: 'templates' })}>
        {words.message.useTemplate}
      </Button>
    )
  }
  if (code === 'media_too_large' || code === 'unsupported_media_type') {
    return (
      <Button look="quiet" tabIndex={tab} onClick={() => setWish({ kind: 'file' })}>
        {words.message.changeFile}
      </Button>
    )
  }
  if (code !== 'channel_not_connected') return null
  return (
    <Link to={paths.connect} tabIndex={tab} className="target inline-flex items-center px-4 font-medium text-brand">
      {words.thread.reconnect}
    </Link>
  )
}

/** What WhatsApp itself has said, to be copied for whoever can help. */
function Details({ message, detail, code }: { readonly message: Message; readonly detail: string; readonly code: string }) {
  const { words, formats } = useSpeech()
  const toast = useToast()
  const tab = useRowTab()
  const [isOpen, setOpen] = useState(false)
  const report = [code, detail, message.id, formats.dateTime(message.sent_at)].join('\n')
  return (
    <>
      <Button look="quiet" tabIndex={tab} onClick={() => setOpen(true)}>
        {words.message.details}
      </Button>
      {isOpen && (
        <Dialog title={words.message.details} closeLabel={words.common.close} onClose={() => setOpen(false)}>
          <p dir="auto" className="text-start whitespace-pre-wrap wrap-anywhere">
            {report}
          </p>
          <Button
            onClick={() =>
              void navigator.clipboard.writeText(report).then(
                () => toast(words.common.copied),
                () => undefined,
              )
            }
          >
            {words.common.copy}
          </Button>
        </Dialog>
      )}
    </>
  )
}
