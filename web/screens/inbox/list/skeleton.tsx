import { useSpeech } from '../../../i18n/language.tsx'
import { useDelayed } from '../../../ui/use-delayed.ts'

/** As many fit a common screen. */
const ROWS = [...Array(9).keys()]

/** Rows that have not come yet, in the shape of rows; nothing for what comes at once. */
export function Skeleton() {
  const { words } = useSpeech()
  if (!useDelayed(true)) return <div className="flex-1" />
  return (
    <div className="min-h-0 flex-1 overflow-hidden">
      <output className="sr-only">{words.common.loading}</output>
      {ROWS.map((row) => (
        <div key={row} aria-hidden className="flex h-18 animate-pulse items-center gap-3 border-b border-line px-3">
          <span className="size-11 shrink-0 rounded-full bg-surface2" />
          <span className="grid flex-1 gap-2">
            <span className="h-3 w-2/5 rounded bg-surface2" />
            <span className="h-3 w-4/5 rounded bg-surface2" />
          </span>
        </div>
      ))}
    </div>
  )
}
