import { checkIn } from '../../../contract/check-in.ts'
import type { Check } from '../../../contract/settings.ts'
import { useSpeech } from '../../i18n/language.tsx'

const colours: Record<Check['status'], string> = { ok: 'text-brand', warning: 'text-warn', error: 'text-danger', skipped: 'text-muted' }

/** What was looked at, and what to do. What a homeserver, a bridge or Meta said in words of their own stays as they said it. */
export function Checks({ checks }: { readonly checks: readonly Check[] }) {
  const { words, language } = useSpeech()
  return (
    <section aria-label={words.system.checks} className="grid gap-2">
      <h2 className="text-lg font-semibold">{words.system.checks}</h2>
      <ul className="grid gap-2">
        {checks
          .map((check) => checkIn(language, check))
          .map(({ id, status, detail, fix }) => (
            <li key={id} className="rounded-lg border border-line bg-surface p-3">
              <p>
                <strong className={colours[status]}>{words.system.checkStatuses[status]}</strong> · {detail}
              </p>
              {fix && <p className="text-muted">{words.system.fix(fix)}</p>}
            </li>
          ))}
      </ul>
    </section>
  )
}
