import { Check, CheckCheck, RotateCcw, Tag, UserRound, X } from 'lucide-react'
import { type ReactNode, useRef, useState } from 'react'
import type { ConversationPatch } from '../../../../contract/conversation.ts'
import type { ConversationId } from '../../../../contract/ids.ts'
import { useWorkspace } from '../../../data/hooks.tsx'
import { useSpeech } from '../../../i18n/language.tsx'
import { Button, IconButton } from '../../../ui/button.tsx'
import { Popover } from '../../../ui/popover.tsx'
import { useToast } from '../../../ui/toast.tsx'
import { LabelPicker } from '../header/label-picker.tsx'
import { PersonPicker } from '../header/person-picker.tsx'
import { useChange } from '../use-change.ts'
import { usePlace } from '../use-place.ts'
import type { Selection } from './selection.ts'

interface BulkBarProps {
  readonly selection: Selection
  readonly ids: ReadonlySet<ConversationId>
}

/** What can be done with all chosen conversations at once; each deed can be taken back. */
export function BulkBar({ selection, ids }: BulkBarProps) {
  const { words } = useSpeech()
  const { store, reads } = useWorkspace()
  const { place } = usePlace()
  const toast = useToast()
  const change = useChange()
  const chosen = [...ids]
  const isNone = chosen.length === 0
  const act = (patchOf: (id: ConversationId) => ConversationPatch | undefined, done: (count: number) => string) => {
    selection.clear()
    void change(chosen, patchOf, done)
  }
  const toggleLabel = (label: string) => {
    const has = (id: ConversationId) => store.conversation(id)?.labels.includes(label) === true
    const isEverywhere = chosen.every(has)
    const labelsOf = (id: ConversationId) => store.conversation(id)?.labels ?? []
    const next = (id: ConversationId) => (isEverywhere ? labelsOf(id).filter((name) => name !== label) : [...labelsOf(id), label])
    act((id) => (has(id) === isEverywhere ? { labels: next(id) } : undefined), words.bulk.done.label)
  }
  const markRead = async () => {
    selection.clear()
    const unread = chosen.flatMap((id) => {
      const { unread_count = 0, last_message } = store.conversation(id) ?? {}
      return unread_count > 0 && last_message ? [{ id, upTo: last_message.id }] : []
    })
    const read = await Promise.allSettled(unread.map(({ id, upTo }) => reads.markRead(id, upTo)))
    const failed = read.filter(({ status }) => status === 'rejected').length
    if (failed > 0) toast(words.bulk.someFailed(failed), true)
    else toast(words.bulk.done.read(unread.length))
  }
  return (
    <div
      role="group"
      aria-label={words.bulk.bar}
      className="grid gap-1 border-t border-line bg-surface p-2 shadow-[0_-4px_12px_rgb(0_0_0/0.08)]"
    >
      <div className="flex items-center gap-2 ps-1">
        <output className="flex-1 font-medium">{words.bulk.selected(chosen.length)}</output>
        <Button look="quiet" onClick={isNone ? selection.all : selection.start}>
          {isNone ? words.bulk.all : words.bulk.none}
        </Button>
        <IconButton label={words.bulk.stop} onClick={selection.clear}>
          <X aria-hidden size={20} />
        </IconButton>
      </div>
      <div className="flex justify-around">
        <Deed label={words.bulk.assign} icon={<UserRound aria-hidden size={20} />} disabled={isNone}>
          {(close) => (
            <PersonPicker
              chosen={undefined}
              onPick={(assignee_id) => {
                close()
                act(() => ({ assignee_id }), words.bulk.done.assign)
              }}
            />
          )}
        </Deed>
        <Deed label={words.bulk.label} icon={<Tag aria-hidden size={20} />} disabled={isNone}>
          {(close) => (
            <LabelPicker
              chosen={[]}
              onToggle={(label) => {
                close()
                toggleLabel(label)
              }}
            />
          )}
        </Deed>
        {place.view === 'closed' || place.view === 'snoozed' ? (
          <IconButton label={words.bulk.reopen} disabled={isNone} onClick={() => act(() => ({ status: 'open' }), words.bulk.done.open)}>
            <RotateCcw aria-hidden size={20} />
          </IconButton>
        ) : (
          <IconButton label={words.bulk.close} disabled={isNone} onClick={() => act(() => ({ status: 'closed' }), words.bulk.done.close)}>
            <Check aria-hidden size={20} />
          </IconButton>
        )}
        <IconButton label={words.bulk.read} disabled={isNone} onClick={() => void markRead()}>
          <CheckCheck aria-hidden size={20} />
        </IconButton>
      </div>
    </div>
  )
}

interface DeedProps {
  readonly label: string
  readonly icon: ReactNode
  readonly disabled: boolean
  readonly children: (close: () => void) => ReactNode
}

function Deed({ label, icon, disabled, children }: DeedProps) {
  const anchor = useRef<HTMLButtonElement>(null)
  const [isOpen, setOpen] = useState(false)
  return (
    <>
      <IconButton
        ref={anchor}
        label={label}
        aria-haspopup="dialog"
        aria-expanded={isOpen}
        disabled={disabled}
        onClick={() => setOpen(true)}
      >
        {icon}
      </IconButton>
      {isOpen && (
        <Popover label={label} anchor={anchor} onClose={() => setOpen(false)}>
          {children(() => setOpen(false))}
        </Popover>
      )}
    </>
  )
}
