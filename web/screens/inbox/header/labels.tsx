import { X } from 'lucide-react'
import type { Conversation } from '../../../../contract/conversation.ts'
import { useSpeech } from '../../../i18n/language.tsx'
import { LabelChip } from '../label-chip.tsx'
import { useChange } from '../use-change.ts'

/** The labels of a conversation, each of which can be taken off. */
export function Labels({ conversation: { id, labels } }: { readonly conversation: Conversation }) {
  const { words } = useSpeech()
  const change = useChange()
  if (labels.length === 0) return null
  return (
    <ul aria-label={words.header.labels} className="mt-1 flex gap-1.5 overflow-x-auto">
      {labels.map((label) => (
        <li key={label} className="shrink-0">
          <LabelChip name={label}>
            <button
              type="button"
              aria-label={words.header.removeLabel(label)}
              title={words.header.removeLabel(label)}
              onClick={() => void change([id], () => ({ labels: labels.filter((other) => other !== label) }))}
              className="-me-2 inline-flex size-6 items-center justify-center rounded-full text-muted hover:bg-surface2 pointer-coarse:size-11"
            >
              <X aria-hidden size={14} />
            </button>
          </LabelChip>
        </li>
      ))}
    </ul>
  )
}
