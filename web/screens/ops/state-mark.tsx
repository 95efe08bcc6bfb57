import { CircleAlert, CircleCheck, type LucideIcon, TriangleAlert } from 'lucide-react'
import { useLateSpeech } from '../../i18n/late.ts'
import type { State } from './health.ts'

/** How a state looks. */
export const looks: Record<State, { readonly icon: LucideIcon; readonly colour: string }> = {
  ok: { icon: CircleCheck, colour: 'text-brand' },
  warning: { icon: TriangleAlert, colour: 'text-warn' },
  bad: { icon: CircleAlert, colour: 'text-danger' },
}

/** A state as a shape, a colour and a word. */
export function StateMark({ state }: { readonly state: State }) {
  const { words } = useLateSpeech()
  const { icon: Icon, colour } = looks[state]
  return (
    <span className={`inline-flex items-center gap-1 text-xs ${colour}`}>
      <Icon aria-hidden size={14} />
      {words.ops.states[state]}
    </span>
  )
}
