import { X } from 'lucide-react'
import { useCallback } from 'react'
import type { ConversationId, MessageId } from '../../../../contract/ids.ts'
import type { Message } from '../../../../contract/message.ts'
import { useLoaded, useStored, useWorkspace } from '../../../data/hooks.tsx'
import { useSpeech } from '../../../i18n/language.tsx'
import { IconButton } from '../../../ui/button.tsx'
import { useComposing } from '../thread/composing.tsx'

interface ReplyToProps {
  readonly conversation: ConversationId
  readonly id: MessageId
  readonly onCancel: () => void
}

/** What the next message answers; a press leads there. */
export function ReplyTo({ conversation, id, onCancel }: ReplyToProps) {
  const { words } = useSpeech()
  const { jumpTo } = useComposing()
  const message = useAnswered(conversation, id)
  return (
    <div className="flex items-center gap-2 rounded-lg border-s-4 border-brand bg-surface2 px-3 py-1">
      <button type="button" onClick={() => jumpTo(id)} className="min-w-0 flex-1 text-start text-sm">
        <span className="block truncate text-muted">
          {words.composer.replyTo}: <bdi>{message?.sender.name}</bdi>
        </span>
        <span dir="auto" className="block truncate">
          {message && ('text' in message && message.text ? message.text : words.kinds[message.type])}
        </span>
      </button>
      <IconButton label={words.composer.noReply} onClick={onCancel}>
        <X aria-hidden size={18} />
      </IconButton>
    </div>
  )
}

/** The message, read by itself where the loaded part of the conversation does not reach it. */
function useAnswered(conversation: ConversationId, id: MessageId): Message | undefined {
  const { client } = useWorkspace()
  const known = useStored(`message:${id}`, (store) => store.message(id))
  const isKnown = known !== undefined
  const load = useCallback(
    async (signal: AbortSignal) => {
      if (isKnown) return undefined
      const query = { around: id, limit: 1 }
      const { items } = await client.call('listMessages', { params: { conversation_id: conversation }, query, signal })
      return items.find((message) => message.id === id)
    },
    [client, conversation, id, isKnown],
  )
  const { value } = useLoaded(load)
  return known ?? value
}
