import { Ellipsis } from 'lucide-react'
import { useState } from 'react'
import type { Message } from '../../../../contract/message.ts'
import { useWorkspace } from '../../../data/hooks.tsx'
import { useSpeech } from '../../../i18n/language.tsx'
import { Button, IconButton } from '../../../ui/button.tsx'
import { Dialog } from '../../../ui/dialog.tsx'
import { useAction } from '../../use-action.ts'
import { useComposing } from './composing.tsx'

const emojis = ['👍', '❤️', '😂', '😮', '😢', '🙏'] as const

/** What can be done with a message, behind a button. The server refuses what has become impossible, and says why. */
export function MessageActions({ message }: { readonly message: Message }) {
  const { words } = useSpeech()
  const [isOpen, setOpen] = useState(false)
  if (message.external_id === undefined || message.type === 'deleted' || message.type === 'system') return null
  return (
    <>
      <IconButton label={words.message.actions} aria-expanded={isOpen} onClick={() => setOpen(!isOpen)} className="-my-2 -ms-2">
        <Ellipsis aria-hidden size={16} />
      </IconButton>
      {isOpen && <Actions message={message} onDone={() => setOpen(false)} />}
    </>
  )
}

function Actions({ message, onDone }: { readonly message: Message; readonly onDone: () => void }) {
  const { words } = useSpeech()
  const { reads } = useWorkspace()
  const { begin } = useComposing()
  const [isAsking, setAsking] = useState(false)
  const act = useAction((work: () => Promise<void>) => work().then(onDone))
  const isOurs = message.direction === 'outbound'
  const isReacted = message.reactions.some(({ sender }) => !sender.id.startsWith('con_'))
  const compose = (mode: 'reply' | 'edit') => {
    begin({ mode, message: message.id })
    onDone()
  }
  return (
    <div className="order-first flex basis-full flex-wrap items-center gap-1 text-sm text-fg">
      {emojis.map((emoji) => (
        <IconButton
          key={emoji}
          label={words.message.react(emoji)}
          disabled={act.busy}
          onClick={() => act.run(() => reads.react(message.id, emoji))}
        >
          {emoji}
        </IconButton>
      ))}
      {isReacted && (
        <Button look="quiet" busy={act.busy} onClick={() => act.run(() => reads.react(message.id, null))}>
          {words.message.unreact}
        </Button>
      )}
      <Button look="quiet" onClick={() => compose('reply')}>
        {words.message.reply}
      </Button>
      {isOurs && message.type === 'text' && (
        <Button look="quiet" onClick={() => compose('edit')}>
          {words.message.edit}
        </Button>
      )}
      {isOurs && (
        <Button look="quiet" onClick={() => setAsking(true)}>
          {words.message.delete}
        </Button>
      )}
      {act.error && <p role="alert">{act.error}</p>}
      {isAsking && (
        <Dialog title={words.message.delete} closeLabel={words.common.close} onClose={() => setAsking(false)}>
          <p>{words.message.deleteAsk}</p>
          <div className="flex flex-wrap gap-2">
            <Button look="danger" busy={act.busy} onClick={() => act.run(() => reads.takeBack(message.id))}>
              {words.message.delete}
            </Button>
            <Button onClick={() => setAsking(false)}>{words.common.cancel}</Button>
          </div>
        </Dialog>
      )}
    </div>
  )
}
