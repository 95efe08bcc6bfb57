import { type ReactNode, useRef, useState } from 'react'
import type { Message } from '../../../../contract/message.ts'
import { useSpeech } from '../../../i18n/language.tsx'
import { onDemand } from '../../../ui/on-demand.tsx'
import { Popover } from '../../../ui/popover.tsx'
import { useRowTab } from './row-focus.ts'

const Versions = onDemand(() => import('./message-story.tsx').then((part) => part.Versions))
const Readers = onDemand(() => import('./message-story.tsx').then((part) => part.Readers))

/** Says that a message was edited; a press shows what it said before. */
export function EditedMark({ message }: { readonly message: Message }) {
  const { words, formats } = useSpeech()
  if (!message.edited_at) return null
  return (
    <Mark text={words.thread.edited} title={formats.dateTime(message.edited_at)}>
      <Versions message={message} />
    </Mark>
  )
}

/** How many in a group have read what we said, once somebody has; a press says who and when. */
export function ReadMark({ message }: { readonly message: Message }) {
  const { words } = useSpeech()
  const { receipts } = message
  if (!receipts || receipts.read === 0 || message.type === 'deleted') return null
  return (
    <Mark text={words.thread.readBy(receipts.read, receipts.of)} title={words.thread.whoRead}>
      <Readers message={message} />
    </Mark>
  )
}

interface MarkProps {
  readonly text: string
  readonly title: string
  readonly children: ReactNode
}

/** A word beside the time of a message that opens more of it: as large under a finger as it must be, without moving the line that it stands in. */
function Mark({ text, title, children }: MarkProps) {
  const tab = useRowTab()
  const button = useRef<HTMLButtonElement>(null)
  const [isOpen, setOpen] = useState(false)
  return (
    <>
      <button
        ref={button}
        type="button"
        tabIndex={tab}
        title={title}
        aria-expanded={isOpen}
        onClick={() => setOpen(!isOpen)}
        className="-my-1 inline-flex min-h-6 min-w-6 items-center whitespace-nowrap underline decoration-dotted underline-offset-2 hover:text-fg max-sm:-my-3.5 max-sm:min-h-11 max-sm:min-w-11 max-sm:justify-center pointer-coarse:-my-3.5 pointer-coarse:min-h-11 pointer-coarse:min-w-11"
      >
        {text}
      </button>
      {isOpen && (
        <Popover anchor={button} label={text} onClose={() => setOpen(false)}>
          {children}
        </Popover>
      )}
    </>
  )
}
