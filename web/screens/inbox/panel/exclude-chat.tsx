import { useState } from 'react'
import type { Conversation } from '../../../../contract/conversation.ts'
import { useStored, useWorkspace } from '../../../data/hooks.tsx'
import { useLateSpeech } from '../../../i18n/late.ts'
import { Button } from '../../../ui/button.tsx'
import { useToast } from '../../../ui/toast.tsx'
import { mayExclude } from '../../may-exclude.ts'
import { Confirm } from '../../settings/card.tsx'
import { usePlace } from '../use-place.ts'

/** Keeping a chat of one's own phone out of the inbox; it is let in again in the settings. */
export function ExcludeChat({ conversation: { id, channel_id } }: { readonly conversation: Conversation }) {
  const { words } = useLateSpeech()
  const { client, user } = useWorkspace()
  const { go } = usePlace()
  const toast = useToast()
  const channel = useStored('channels', (store) => store.channel(channel_id))
  const [isAsking, setAsking] = useState(false)
  if (!channel || !mayExclude(user, channel)) return null
  const exclude = async () => {
    await client.call('excludeChat', { params: { conversation_id: id } })
    toast(words.exclude.done)
    go({ id: undefined, message: undefined }, 'replace')
  }
  return (
    <div className="border-t border-line pt-4">
      <Button look="quiet" onClick={() => setAsking(true)} className="-ms-4">
        {words.exclude.label}
      </Button>
      {isAsking && (
        <Confirm
          title={words.exclude.title}
          text={words.exclude.text}
          doLabel={words.exclude.label}
          onDo={exclude}
          onClose={() => setAsking(false)}
        />
      )}
    </div>
  )
}
