import { useRef, useState } from 'react'
import type { Message } from '../../../../contract/message.ts'
import { useWorkspace } from '../../../data/hooks.tsx'
import { useSpeech } from '../../../i18n/language.tsx'
import { Button } from '../../../ui/button.tsx'
import { Popover } from '../../../ui/popover.tsx'
import { useAction } from '../../use-action.ts'
import { useRowTab } from './row-focus.ts'

/** Reactions below the bubble, each kind once with its count; a press tells whose they are, and takes ours back. */
export function Reactions({ message }: { readonly message: Message }) {
  const { words } = useSpeech()
  const tab = useRowTab()
  const pill = useRef<HTMLUListElement>(null)
  const [isOpen, setOpen] = useState(false)
  const { reactions } = message
  if (reactions.length === 0) return null
  const kinds = [...new Set(reactions.map(({ emoji }) => emoji))]
  return (
    <>
      <ul ref={pill} aria-label={words.message.reactions} className="z-[1] mx-2 -mt-1.5 flex max-w-full flex-wrap gap-1">
        {kinds.map((emoji) => {
          const whose = reactions.filter((reaction) => reaction.emoji === emoji)
          return (
            <li key={emoji}>
              <button
                type="button"
                tabIndex={tab}
                aria-expanded={isOpen}
                title={whose.map(({ sender }) => sender.name).join(', ')}
                onClick={() => setOpen(!isOpen)}
                className="max-w-24 min-w-6 truncate rounded-full border border-line bg-surface px-1.5 py-0.5 text-sm leading-5"
              >
                {emoji}
                {whose.length > 1 && <span className="ms-1 text-muted">{whose.length}</span>}
                <span className="sr-only"> {whose.map(({ sender }) => sender.name).join(', ')}</span>
              </button>
            </li>
          )
        })}
      </ul>
      {isOpen && (
        <Popover anchor={pill} label={words.message.reactions} onClose={() => setOpen(false)}>
          <Whose message={message} onDone={() => setOpen(false)} />
        </Popover>
      )}
    </>
  )
}

function Whose({ message, onDone }: { readonly message: Message; readonly onDone: () => void }) {
  const { words } = useSpeech()
  const { reads } = useWorkspace()
  const takeBack = useAction(() => reads.react(message.id, null).then(onDone))
  return (
    <ul className="grid min-w-48 gap-1">
      {message.reactions.map(({ emoji, sender }) => (
        <li key={sender.id} className="flex items-center gap-3 px-2 py-1">
          <span className="max-w-16 truncate text-lg">{emoji}</span>
          <bdi className="min-w-0 flex-1 truncate">{sender.name}</bdi>
          {isOurs(sender) && (
            <Button look="quiet" busy={takeBack.busy} onClick={() => takeBack.run()}>
              {words.message.unreact}
            </Button>
          )}
        </li>
      ))}
      {takeBack.error && <li role="alert">{takeBack.error}</li>}
    </ul>
  )
}

/** Whether it is our number's, whoever of us gave it. */
export function isOurs({ id }: Message['sender']): boolean {
  return !id.startsWith('con_')
}
