import { Smartphone } from 'lucide-react'
import { useSpeech } from '../../../../i18n/language.tsx'
import { useRowTab } from '../row-focus.ts'
import type { Bubble } from './kind.ts'
import { Caption } from './text.tsx'

export const UnsupportedBubble: Bubble<'unsupported'> = ({ message }) => {
  const { words } = useSpeech()
  const tab = useRowTab()
  return (
    <>
      <p className="flex items-center gap-2 text-muted italic">
        <Smartphone aria-hidden size={16} className="shrink-0" />
        {words.message.unsupported}
      </p>
      <Caption text={message.unsupported?.fallback} />
      {message.unsupported?.original_type && (
        <details className="text-xs text-muted">
          <summary tabIndex={tab} className="w-fit cursor-pointer py-1">
            {words.message.details}
          </summary>
          <code className="wrap-anywhere">{message.unsupported.original_type}</code>
        </details>
      )}
    </>
  )
}
