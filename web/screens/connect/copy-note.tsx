import { useEffect, useRef } from 'react'
import { useSpeech } from '../../i18n/language.tsx'
import { Button } from '../../ui/button.tsx'

interface CopyNoteProps {
  readonly isShared: boolean
  readonly onAgree: () => void
  readonly onBack: () => void
}

/** Said before the first code: every chat of the phone is copied here, and who will see it. */
export function CopyNote({ isShared, onAgree, onBack }: CopyNoteProps) {
  const { words } = useSpeech()
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => heading.current?.focus(), [])
  return (
    <div className="grid gap-4 rounded-xl border border-line bg-surface p-4">
      <h2 ref={heading} tabIndex={-1} className="text-lg font-semibold">
        {words.connect.copyTitle}
      </h2>
      <p>{isShared ? words.connect.copySharedNote : words.connect.copyNote}</p>
      <div className="flex flex-wrap gap-2">
        <Button look="primary" onClick={onAgree}>
          {words.connect.agree}
        </Button>
        <Button onClick={onBack}>{words.common.cancel}</Button>
      </div>
    </div>
  )
}
