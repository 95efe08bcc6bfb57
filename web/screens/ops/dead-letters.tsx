import { useCallback, useEffect } from 'react'
import type { DeadLetter } from '../../../contract/health.ts'
import { useLoaded, useWorkspace } from '../../data/hooks.tsx'
import { useLateSpeech } from '../../i18n/late.ts'
import { Button } from '../../ui/button.tsx'
import { useToast } from '../../ui/toast.tsx'
import { useAction } from '../use-action.ts'

/** What could not be stored, the latest first, each with why and a way to try it again. Read anew when their count changes. */
export function DeadLetters({ count, onChanged }: { readonly count: number; readonly onChanged: () => void }) {
  const { words } = useLateSpeech()
  const { client } = useWorkspace()
  const letters = useLoaded(
    useCallback((signal: AbortSignal) => client.call('listDeadLetters', { query: { limit: 50 }, signal }), [client]),
  )
  const { reload } = letters
  useEffect(reload, [reload, count])
  const items = letters.value?.items ?? []
  if (items.length === 0) return null
  return (
    <section aria-label={words.ops.deadLetters} className="grid gap-3 rounded-xl border border-line bg-surface p-4">
      <h2 className="font-semibold">{words.ops.deadLetters}</h2>
      <ul className="grid divide-y divide-line">
        {items.map((letter) => (
          <Letter key={letter.id} letter={letter} onChanged={onChanged} />
        ))}
      </ul>
    </section>
  )
}

function Letter({
  letter: { id, road, type, error, created_at },
  onChanged,
}: {
  readonly letter: DeadLetter
  readonly onChanged: () => void
}) {
  const { words, formats } = useLateSpeech()
  const { client } = useWorkspace()
  const toast = useToast()
  const again = useAction(async () => {
    const { redriven } = await client.call('redriveDeadLetter', { params: { dead_letter_id: id } })
    toast(redriven ? words.ops.stored : words.ops.failedAgain, !redriven)
    onChanged()
  })
  return (
    <li className="flex flex-wrap items-center gap-x-3 gap-y-1 py-2">
      <div className="grid min-w-0 flex-1 gap-0.5">
        <span className="text-sm text-muted">{[formats.dateTime(created_at), words.modes[road], type].filter(Boolean).join(' · ')}</span>
        <span className="wrap-anywhere">{again.error ?? error}</span>
      </div>
      <Button busy={again.busy} onClick={() => again.run()}>
        {words.ops.redrive}
      </Button>
    </li>
  )
}
