import { X } from 'lucide-react'
import type { MessageId } from '../../../../contract/ids.ts'
import { useStored } from '../../../data/hooks.tsx'
import { useSpeech } from '../../../i18n/language.tsx'
import { IconButton } from '../../../ui/button.tsx'
import { useComposing } from '../thread/composing.tsx'

/** What the next message answers; a press leads there. */
export function ReplyTo({ id, onCancel }: { readonly id: MessageId; readonly onCancel: () => void }) {
  const { words } = useSpeech()
  const { jumpTo } = useComposing()
  const message = useStored(`message:${id}`, (store) => store.message(id))
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
