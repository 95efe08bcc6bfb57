import { useEffect, useRef } from 'react'
import type { CopyPolicy } from '../../../contract/copying.ts'
import { useSpeech } from '../../i18n/language.tsx'
import { Button } from '../../ui/button.tsx'
import { Choice, Choices } from '../../ui/field.tsx'

/** As the contract has them; its values are not carried into the page. */
const copyPolicies: readonly CopyPolicy[] = ['everything', 'from_now', 'known_contacts']

interface CopyNoteProps {
  readonly isShared: boolean
  readonly copy: CopyPolicy
  readonly onCopy: (copy: CopyPolicy) => void
  readonly onAgree: () => void
  readonly onBack: () => void
}

/** Said before the first code: every chat of the phone is copied here, and who will see it. */
export function CopyNote({ isShared, copy, onCopy, onAgree, onBack }: CopyNoteProps) {
  const { words } = useSpeech()
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => heading.current?.focus(), [])
  return (
    <div className="grid gap-4 rounded-xl border border-line bg-surface p-4">
      <h2 ref={heading} tabIndex={-1} className="text-lg font-semibold">
        {words.connect.copyTitle}
      </h2>
      <p>{isShared ? words.connect.copySharedNote : words.connect.copyNote}</p>
      <Choices label={words.connect.copyWhat}>
        {copyPolicies.map((policy) => (
          <Choice
            key={policy}
            type="radio"
            name="copy"
            label={words.connect.copies[policy]}
            checked={copy === policy}
            onChange={() => onCopy(policy)}
          />
        ))}
      </Choices>
      <div className="flex flex-wrap gap-2">
        <Button look="primary" onClick={onAgree}>
          {words.connect.agree}
        </Button>
        <Button onClick={onBack}>{words.common.cancel}</Button>
      </div>
    </div>
  )
}
