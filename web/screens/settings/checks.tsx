import { CircleAlert, CircleCheck, CircleMinus, type LucideIcon, TriangleAlert } from 'lucide-react'
import { checkIn } from '../../../contract/check-in.ts'
import type { Check } from '../../../contract/settings.ts'
import { useLateSpeech } from '../../i18n/late.ts'
import { Button } from '../../ui/button.tsx'
import { useToast } from '../../ui/toast.tsx'
import { useAction } from '../use-action.ts'

const looks: Record<Check['status'], { readonly icon: LucideIcon; readonly colour: string }> = {
  ok: { icon: CircleCheck, colour: 'text-brand' },
  warning: { icon: TriangleAlert, colour: 'text-warn' },
  error: { icon: CircleAlert, colour: 'text-danger' },
  skipped: { icon: CircleMinus, colour: 'text-muted' },
}

interface ChecksProps {
  readonly checks: readonly Check[]
  /** When they were made. */
  readonly at: string
  /** Makes them anew over what is stored. */
  readonly onAgain: () => Promise<unknown>
}

/** What was looked at, and what to do. What a homeserver, a bridge or Meta said in words of their own stays as they said it. */
export function Checks({ checks, at, onAgain }: ChecksProps) {
  const { words, language, formats } = useLateSpeech()
  const toast = useToast()
  const again = useAction(onAgain)
  const copy = async () => {
    await navigator.clipboard?.writeText(
      reportOf(
        checks.map((check) => checkIn(language, check)),
        words.system.fix,
      ),
    )
    toast(words.common.copied)
  }
  return (
    <section aria-label={words.system.checks} className="grid gap-3">
      <div className="flex flex-wrap items-center gap-2">
        <h2 className="text-lg font-semibold">{words.system.checks}</h2>
        <p className="min-w-40 flex-1 text-sm text-muted">{words.system.checkedAt(formats.dateTime(at))}</p>
        <Button busy={again.busy} onClick={() => again.run()}>
          {words.system.checkAgain}
        </Button>
        <Button onClick={() => void copy()}>{words.system.copyChecks}</Button>
      </div>
      {again.error && (
        <p role="alert" className="text-danger">
          {again.error}
        </p>
      )}
      <CheckList checks={checks} />
    </section>
  )
}

/** What each check has found, in the reader's language. */
export function CheckList({ checks }: Pick<ChecksProps, 'checks'>) {
  const { words, language } = useLateSpeech()
  return (
    <ul className="grid gap-2">
      {checks.map((check) => {
        const { id, status, detail, fix } = checkIn(language, check)
        const { icon: Icon, colour } = looks[status]
        return (
          <li key={id} className="rounded-lg border border-line bg-surface p-3">
            <p>
              <strong className={`inline-flex items-center gap-1.5 ${colour}`}>
                <Icon aria-hidden size={16} />
                {words.system.checkStatuses[status]}
              </strong>{' '}
              · <span className="break-words">{detail}</span>
            </p>
            {fix && <p className="break-words text-muted">{words.system.fix(fix)}</p>}
          </li>
        )
      })}
    </ul>
  )
}

/** The checks as text, for whoever helps. The server names no secret in them. */
function reportOf(checks: readonly Check[], fixText: (fix: string) => string): string {
  return checks.map(({ id, status, detail, fix }) => `[${status}] ${id}: ${detail}${fix ? `\n    ${fixText(fix)}` : ''}`).join('\n')
}
