import { Forward } from 'lucide-react'
import type { Message } from '../../../../contract/message.ts'
import { useSpeech } from '../../../i18n/language.tsx'
import { useComposing } from './composing.tsx'
import { colourOf } from './grouping.ts'
import { useRowTab } from './row-focus.ts'

/** Written out, because the style sheet is made of the classes that stand in the source. */
const colours = { 1: 'text-name1', 2: 'text-name2', 3: 'text-name3', 4: 'text-name4', 5: 'text-name5', 6: 'text-name6' } as const

interface SenderProps {
  readonly message: Message
  readonly isGroup: boolean
  /** It begins what this person says; the name is not said again. */
  readonly isFirst: boolean
}

/** Who said it, where that is not plain: somebody of a group, or who of us, and whether it was on the phone or by a program. */
export function Sender({ message, isGroup, isFirst }: SenderProps) {
  const { words } = useSpeech()
  if (message.type === 'system' || !isFirst) return null
  const origins: Partial<Record<Message['origin'], string>> = { phone: words.thread.fromPhone, api: words.thread.fromApi }
  const isOut = message.direction === 'outbound'
  const name = isOut ? !message.sender.is_me && message.sender.name : isGroup && message.sender.name
  const parts = [name, isOut && origins[message.origin]].filter(Boolean)
  if (parts.length === 0) return null
  return (
    <p className={`truncate text-sm font-medium ${isOut ? 'text-muted' : colours[colourOf(message.sender.id)]}`}>
      <bdi>{parts.join(' · ')}</bdi>
    </p>
  )
}

export function Forwarded({ message }: { readonly message: Message }) {
  const { words } = useSpeech()
  if (message.forwarded !== true) return null
  return (
    <p className="flex items-center gap-1 text-xs text-muted italic">
      <Forward aria-hidden size={14} className="rtl:-scale-x-100" />
      {words.thread.forwarded}
    </p>
  )
}

/** What it answers; a press leads there. */
export function Quote({ message: { reply_to } }: { readonly message: Message }) {
  const { words } = useSpeech()
  const { jumpTo } = useComposing()
  const tab = useRowTab()
  if (!reply_to) return null
  const { id, sender_name, preview } = reply_to
  const shape = 'mb-1 block w-full rounded-lg border-s-4 border-brand bg-surface2 px-2 py-1 text-start text-sm'
  const content = (
    <>
      {sender_name && (
        <span className="block truncate font-medium text-brand">
          <bdi>{sender_name}</bdi>
        </span>
      )}
      <span dir="auto" className="line-clamp-3 wrap-anywhere text-fg">
        {preview || words.thread.quoteEmpty}
      </span>
    </>
  )
  if (!id) return <blockquote className={shape}>{content}</blockquote>
  return (
    <button type="button" tabIndex={tab} title={words.thread.toQuote} onClick={() => jumpTo(id)} className={`${shape} hover:brightness-95`}>
      {content}
    </button>
  )
}
