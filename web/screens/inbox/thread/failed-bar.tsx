import { TriangleAlert } from 'lucide-react'
import type { ConversationId } from '../../../../contract/ids.ts'
import { useStored, useWorkspace } from '../../../data/hooks.tsx'
import { useSpeech } from '../../../i18n/language.tsx'
import { Button } from '../../../ui/button.tsx'
import { useAction } from '../../use-action.ts'

/** Says above the composer that several messages were not sent, and sends those again that may be: in their order, each under its own id. */
export function FailedBar({ id }: { readonly id: ConversationId }) {
  const { words } = useSpeech()
  const { store, reads, sends } = useWorkspace()
  const { failed, failedSends } = useStored(`thread:${id}`, () => store.thread(id))
  const retryAll = useAction(async () => {
    for (const message of failed) if (store.message(message)?.error?.retryable !== false) await reads.retry(message)
    for (const key of failedSends) if (store.outgoing(key)?.error !== 'reroute_unconfirmed') sends.sendAgain(key)
  })
  return (
    <div role="status" className="flex flex-wrap items-center gap-x-2 border-t border-line bg-surface px-4 py-1">
      <TriangleAlert aria-hidden size={18} className="shrink-0 text-danger" />
      <p className="text-danger">{words.thread.failedCount(failed.length + failedSends.length)}</p>
      <Button look="quiet" busy={retryAll.busy} onClick={() => retryAll.run()}>
        {words.thread.retryAll}
      </Button>
      {failedSends.length > 0 && (
        <Button look="quiet" onClick={() => failedSends.forEach(sends.discard)}>
          {words.thread.discardAll}
        </Button>
      )}
      {retryAll.error && <p role="alert">{retryAll.error}</p>}
    </div>
  )
}
