import { useCallback, useEffect, useState } from 'react'
import type { Capabilities } from '../../../../contract/capability.ts'
import type { Conversation } from '../../../../contract/conversation.ts'
import { useLoaded, useStored, useWorkspace } from '../../../data/hooks.tsx'
import { useSpeech } from '../../../i18n/language.tsx'
import { Button } from '../../../ui/button.tsx'
import { useErrorText } from '../../use-action.ts'

interface Failure {
  readonly error: unknown
  readonly onRetry: () => void
}

/** What may be done in a conversation once it is known, and why it is not. */
export interface Able {
  readonly capabilities: Capabilities | undefined
  readonly failed: Failure | undefined
}

/** What may be sent here now; asked again when the number's state or the time limit changes. */
export function useCapabilities(conversation: Conversation): Able {
  const { client } = useWorkspace()
  const { id, window_closes_at } = conversation
  const status = useIfChanged(useStored('channels', (store) => store.channel(conversation.channel_id)?.status))
  const load = useCallback(
    (signal: AbortSignal) => client.call('getCapabilities', { params: { conversation_id: id }, signal }),
    // A new state of the number or a new time limit is a reason to ask again.
    // oxlint-disable-next-line react/exhaustive-deps
    [client, id, status, window_closes_at],
  )
  const { value, error, reload } = useLoaded<Capabilities>(load)
  const closesAt = value?.window_closes_at
  useEffect(() => {
    const left = closesAt ? Date.parse(closesAt) - Date.now() : 0
    if (left <= 0 || left > 2 ** 31 - 1) return
    const timer = setTimeout(reload, left + 1_000)
    return () => clearTimeout(timer)
  }, [closesAt, reload])
  return { capabilities: value, failed: !value && error !== undefined ? { error, onRetry: reload } : undefined }
}

/** The value once it is another than at first. That it becomes known is no change: the server has known it all the time. */
function useIfChanged<Value>(value: Value | undefined): Value | undefined {
  const [first, setFirst] = useState(value)
  if (first === undefined && value !== undefined) setFirst(value)
  // Not even for the pass that is thrown away: what that pass has made anew stays made.
  return first === undefined || value === first ? undefined : value
}

/** That nobody knows what may be sent, and the way to ask again. */
export function CapabilitiesFailed({ error, onRetry }: Failure) {
  const { words } = useSpeech()
  const errorText = useErrorText()
  return (
    <div role="alert" className="flex items-center gap-2 text-danger">
      {errorText(error)}
      <Button look="quiet" onClick={onRetry}>
        {words.common.retry}
      </Button>
    </div>
  )
}
