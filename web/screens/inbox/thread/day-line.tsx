import { daysAgo } from '../../../i18n/formats.ts'
import { useSpeech } from '../../../i18n/language.tsx'

/** The day above its first message. For the eye alone: a feed holds only its articles, and each of them tells its date. */
export function DayLine({ at, now }: { readonly at: string; readonly now: number }) {
  const { words, formats } = useSpeech()
  const ago = daysAgo(at, now)
  const day = ago === 0 ? words.thread.today : ago === 1 ? words.thread.yesterday : formats.day(at, now)
  return (
    <div aria-hidden className="mx-auto my-2 w-fit rounded-full border border-line bg-surface px-3 py-0.5 text-sm text-muted">
      {day}
    </div>
  )
}
