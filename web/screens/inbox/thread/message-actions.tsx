import { Copy, Ellipsis, type LucideIcon, Pencil, Reply, Trash2 } from 'lucide-react'
import { type RefObject, useState } from 'react'
import type { Message } from '../../../../contract/message.ts'
import { useWorkspace } from '../../../data/hooks.tsx'
import { useSpeech } from '../../../i18n/language.tsx'
import { onDemand } from '../../../ui/on-demand.tsx'
import { Popover } from '../../../ui/popover.tsx'
import { useToast } from '../../../ui/toast.tsx'
import { useAction } from '../../use-action.ts'
import { useComposing } from './composing.tsx'
import { isYoung } from './message-age.ts'
import { isOurs } from './reactions.tsx'

const DeleteDialog = onDemand(() => import('./delete-dialog.tsx').then((part) => part.DeleteDialog))

const emojis = ['👍', '❤️', '😂', '😮', '😢', '🙏'] as const

interface MessageActionsProps {
  readonly message: Message
  /** The bubble, beside which they open. */
  readonly anchor: RefObject<HTMLElement | null>
  readonly isOpen: boolean
  readonly isCurrent: boolean
  /** The button lies within what it belongs to, not over its corner. */
  readonly isInside?: boolean
  readonly onOpen: (isOpen: boolean) => void
}

/** What can be done with a message, behind a button. The server refuses what has become impossible, and says why. */
export function MessageActions({ message, anchor, isOpen, isCurrent, isInside = false, onOpen }: MessageActionsProps) {
  const { words } = useSpeech()
  const [isAsking, setAsking] = useState(false)
  if (message.type === 'deleted' || message.type === 'system') return null
  // A finger's button is larger than a line of text, and would lie over the time and the tick.
  const beside = message.direction === 'outbound' ? 'pointer-coarse:end-full' : 'pointer-coarse:start-full pointer-coarse:end-auto'
  const place = isInside ? 'end-1 top-1' : `-top-2 -end-1 pointer-coarse:top-1/2 pointer-coarse:-translate-y-1/2 ${beside}`
  return (
    <>
      <button
        type="button"
        tabIndex={isCurrent ? 0 : -1}
        aria-label={words.message.actions}
        title={words.message.actions}
        aria-expanded={isOpen}
        onClick={() => onOpen(!isOpen)}
        // A button that shows itself only under a pointer would never be met on a phone: there it comes with the chosen message.
        className={`absolute inline-flex size-7 items-center justify-center rounded-full border border-line bg-surface text-muted shadow-sm group-focus-within:opacity-100 group-hover:opacity-100 focus-visible:opacity-100 aria-expanded:opacity-100 pointer-coarse:size-11 ${place} ${isCurrent ? '' : 'opacity-0 pointer-coarse:hidden'}`}
      >
        <Ellipsis aria-hidden size={16} />
      </button>
      {isOpen && (
        <Popover anchor={anchor} label={words.message.actions} onClose={() => onOpen(false)}>
          <Actions message={message} onDone={() => onOpen(false)} onDelete={() => setAsking(true)} />
        </Popover>
      )}
      {isAsking && <DeleteDialog message={message} onClose={() => setAsking(false)} />}
    </>
  )
}

interface ActionsProps {
  readonly message: Message
  readonly onDone: () => void
  readonly onDelete: () => void
}

function Actions({ message, onDone, onDelete }: ActionsProps) {
  const { words } = useSpeech()
  const { reads } = useWorkspace()
  const { begin, capabilities } = useComposing()
  const toast = useToast()
  const act = useAction((work: () => Promise<void>) => work().then(onDone))
  const isMine = message.direction === 'outbound'
  const isThere = message.external_id !== undefined
  const ours = message.reactions.find(({ sender }) => isOurs(sender))
  const text = ('text' in message && message.text) || ''
  const compose = (mode: 'reply' | 'edit') => {
    onDone()
    begin({ mode, message: message.id })
  }
  return (
    <div className="grid p-1 sm:w-72">
      {isThere && capabilities?.reaction !== false && (
        <div className="flex justify-between border-b border-line pb-1">
          {emojis.map((emoji, at) => (
            <button
              key={emoji}
              type="button"
              data-autofocus={at === 0 || undefined}
              aria-label={words.message.react(emoji)}
              aria-pressed={ours?.emoji === emoji}
              disabled={act.busy}
              onClick={() => act.run(() => reads.react(message.id, emoji))}
              className="target rounded-lg text-xl hover:bg-surface2 aria-pressed:bg-surface2"
            >
              {emoji}
            </button>
          ))}
        </div>
      )}
      {ours && <Entry label={words.message.unreact} onPress={() => act.run(() => reads.react(message.id, null))} />}
      {isThere && capabilities?.reply !== false && <Entry icon={Reply} label={words.message.reply} onPress={() => compose('reply')} />}
      {text !== '' && (
        <Entry
          icon={Copy}
          label={words.message.copy}
          onPress={() => {
            onDone()
            void navigator.clipboard.writeText(text).then(
              () => toast(words.common.copied),
              () => undefined,
            )
          }}
        />
      )}
      {isThere && isMine && message.type === 'text' && isYoung(message, capabilities?.edit) && (
        <Entry icon={Pencil} label={words.message.edit} onPress={() => compose('edit')} />
      )}
      {isThere && isMine && isYoung(message, capabilities?.delete_for_everyone) && (
        <Entry icon={Trash2} label={words.message.delete} isGrave onPress={() => (onDone(), onDelete())} />
      )}
      {act.error && (
        <p role="alert" className="p-2 text-danger">
          {act.error}
        </p>
      )}
    </div>
  )
}

interface EntryProps {
  readonly label: string
  readonly icon?: LucideIcon
  readonly isGrave?: boolean
  readonly onPress: () => void
}

function Entry({ label, icon: Icon, isGrave = false, onPress }: EntryProps) {
  return (
    <button
      type="button"
      onClick={onPress}
      className={`target flex items-center gap-3 rounded-lg px-3 text-start hover:bg-surface2 ${isGrave ? 'text-danger' : ''}`}
    >
      {Icon && <Icon aria-hidden size={18} className="shrink-0 rtl:-scale-x-100" />}
      {label}
    </button>
  )
}
