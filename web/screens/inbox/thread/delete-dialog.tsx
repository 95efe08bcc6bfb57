import type { Message } from '../../../../contract/message.ts'
import { useWorkspace } from '../../../data/hooks.tsx'
import { useSpeech } from '../../../i18n/language.tsx'
import { Button } from '../../../ui/button.tsx'
import { Dialog } from '../../../ui/dialog.tsx'
import { useAction } from '../../use-action.ts'

interface DeleteDialogProps {
  readonly message: Message
  readonly onClose: () => void
}

/** Asks before a message is taken back for everyone. */
export function DeleteDialog({ message, onClose }: DeleteDialogProps) {
  const { words } = useSpeech()
  const { reads } = useWorkspace()
  const act = useAction(() => reads.takeBack(message.id).then(onClose))
  return (
    <Dialog title={words.message.delete} closeLabel={words.common.close} onClose={onClose}>
      <p>{words.message.deleteAsk}</p>
      {act.error && <p role="alert">{act.error}</p>}
      <div className="flex flex-wrap gap-2">
        <Button look="danger" busy={act.busy} onClick={() => act.run()}>
          {words.message.delete}
        </Button>
        <Button onClick={onClose}>{words.common.cancel}</Button>
      </div>
    </Dialog>
  )
}
