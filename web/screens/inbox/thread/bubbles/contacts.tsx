import { User } from 'lucide-react'
import { useLocation } from 'wouter'
import { useWorkspace } from '../../../../data/hooks.tsx'
import { useSpeech } from '../../../../i18n/language.tsx'
import { paths } from '../../../../router.ts'
import { Button } from '../../../../ui/button.tsx'
import { useAction } from '../../../use-action.ts'
import { useRowTab } from '../row-focus.ts'
import type { Bubble } from './kind.ts'

export const ContactsBubble: Bubble<'contacts'> = ({ message }) => (
  <ul className="grid gap-2">
    {message.contacts.map(({ name, phones }, at) => (
      <li key={at} className="flex gap-3">
        <span aria-hidden className="inline-flex size-10 shrink-0 items-center justify-center rounded-full bg-surface2">
          <User size={20} className="text-brand" />
        </span>
        <div className="min-w-0 wrap-anywhere">
          <p className="font-medium">
            <bdi>{name}</bdi>
          </p>
          {phones.map((phone) => (
            <Phone key={phone} phone={phone} />
          ))}
        </div>
      </li>
    ))}
  </ul>
)

/** A number of the card, and the way to write to it where it is a whole one. */
function Phone({ phone }: { readonly phone: string }) {
  const { words } = useSpeech()
  const { reads } = useWorkspace()
  const [, navigate] = useLocation()
  const tab = useRowTab()
  const digits = phone.replaceAll(/[^\d+]/g, '')
  const begin = useAction(async () => navigate(paths.conversation(await reads.startConversation({ phone_number: digits }))))
  return (
    <div className="flex flex-wrap items-center gap-x-2">
      <bdi dir="ltr" className="text-sm text-muted">
        {phone}
      </bdi>
      {/^\+[1-9]\d{6,14}$/.test(digits) && (
        <Button look="quiet" tabIndex={tab} busy={begin.busy} onClick={() => begin.run()} className="-ms-4">
          {words.media.write}
        </Button>
      )}
      {begin.error && (
        <p role="alert" className="basis-full text-sm text-danger">
          {begin.error}
        </p>
      )}
    </div>
  )
}
