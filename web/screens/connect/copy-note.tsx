import { useEffect, useRef } from 'react'
import type { CopyPolicy } from '../../../contract/copying.ts'
import { useLateSpeech } from '../../i18n/late.ts'
import { Button } from '../../ui/button.tsx'
import { Choice, Choices } from '../../ui/field.tsx'

/** As the contract has them; its values are not carried into the page. */
const copyPolicies: readonly CopyPolicy[] = ['everything', 'from_now', 'known_contacts']

const links = {
  linkedDevices: 'https://faq.whatsapp.com/general/download-and-installation/about-linked-devices',
  bridge: 'https://docs.mau.fi/bridges/go/whatsapp/index.html',
  room: 'https://matrix.to/#/#whatsapp:maunium.net',
  repository: 'https://github.com/mautrix/whatsapp',
} as const

interface CopyNoteProps {
  readonly isShared: boolean
  readonly copy: CopyPolicy
  readonly onCopy: (copy: CopyPolicy) => void
  readonly onAgree: () => void
  readonly onBack: () => void
}

/** Said before the first code: every chat of the phone is copied here, who will see it, and what WhatsApp may do. */
export function CopyNote({ isShared, copy, onCopy, onAgree, onBack }: CopyNoteProps) {
  const { words } = useLateSpeech()
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
      <Risks />
      <div className="flex flex-wrap gap-2">
        <Button look="primary" onClick={onAgree}>
          {words.connect.agree}
        </Button>
        <Button onClick={onBack}>{words.common.cancel}</Button>
      </div>
    </div>
  )
}

/** For what WhatsApp may shut a number out, and where to read on. */
function Risks() {
  const { words } = useLateSpeech()
  return (
    <section aria-labelledby="risks" className="grid gap-2 border-t border-line pt-4">
      <h3 id="risks" className="font-semibold">
        {words.connect.risksTitle}
      </h3>
      <p>{words.connect.risk}</p>
      <ul className="grid list-disc gap-1 ps-5">
        {words.connect.risks.map((risk) => (
          <li key={risk}>{risk}</li>
        ))}
      </ul>
      <ul className="flex flex-wrap gap-x-4">
        {(Object.keys(links) as (keyof typeof links)[]).map((name) => (
          <li key={name}>
            <a href={links[name]} target="_blank" rel="noreferrer" className="target inline-flex items-center text-tick underline">
              {words.connect.links[name]}
            </a>
          </li>
        ))}
      </ul>
    </section>
  )
}
