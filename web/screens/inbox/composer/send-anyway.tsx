import type { Message } from '../../../../contract/message.ts'
import { useSpeech } from '../../../i18n/language.tsx'
import { Button } from '../../../ui/button.tsx'
import { Dialog } from '../../../ui/dialog.tsx'

interface SendAnywayProps {
  /** What the colleague has sent. */
  readonly message: Message
  readonly onSend: () => void
  readonly onClose: () => void
}

/** Asked when a colleague has answered this very moment. */
export function SendAnyway({ message, onSend, onClose }: SendAnywayProps) {
  const { words } = useSpeech()
  return (
    <Dialog title={words.composer.justAnswered(message.sender.name)} closeLabel={words.common.close} onClose={onClose}>
      <p dir="auto" className="line-clamp-6 rounded-xl bg-out px-3 py-2 wrap-anywhere whitespace-pre-wrap">
        {'text' in message && message.text ? message.text : words.kinds[message.type]}
      </p>
      <div className="flex flex-wrap gap-2">
        <Button look="primary" onClick={onSend}>
          {words.composer.sendAnyway}
        </Button>
        <Button onClick={onClose}>{words.common.cancel}</Button>
      </div>
    </Dialog>
  )
}
