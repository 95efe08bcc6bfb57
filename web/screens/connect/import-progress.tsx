import { useEffect, useState } from 'react'
import type { Channel } from '../../../contract/channel.ts'
import { useLateSpeech } from '../../i18n/late.ts'

/** When nothing has come for so long, the import is taken to be over, in milliseconds: the bridge never says so (`ux.md` 3.4). */
const QUIET_MS = 90_000

/** What has been copied from the phone so far, as counts: nobody knows how much there is. */
export function ImportProgress({ channel: { import: state, copy } }: { readonly channel: Channel }) {
  const { words } = useLateSpeech()
  const { chats, messages, hint } = state
  const [isQuiet, setQuiet] = useState(false)
  useEffect(() => {
    setQuiet(false)
    const timer = setTimeout(() => setQuiet(true), QUIET_MS)
    return () => clearTimeout(timer)
  }, [chats, messages])
  if (hint) return <p role="alert">{words.connect.backfillOff}</p>
  if (copy === 'from_now') return <p>{words.connect.fromNow}</p>
  const isOver = isQuiet && chats > 0
  return (
    <div className="grid w-full gap-2">
      <p>
        {words.connect.imported(chats, messages)} {isOver ? words.connect.importOver : words.connect.importGoesOn}
      </p>
      {!isOver && <progress aria-label={words.connect.importGoesOn} className="h-1.5 w-full accent-brand" />}
      {!isOver && <p className="text-muted">{words.connect.importing}</p>}
    </div>
  )
}
