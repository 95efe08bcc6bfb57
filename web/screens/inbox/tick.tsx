import { Check, CheckCheck, CircleAlert, CircleHelp, Clock, type LucideIcon, Mic } from 'lucide-react'
import type { DeliveryState } from '../../../contract/delivery.ts'
import { useSpeech } from '../../i18n/language.tsx'

const icons: Record<DeliveryState, { readonly icon: LucideIcon; readonly colour: string }> = {
  queued: { icon: Clock, colour: 'text-muted' },
  sending: { icon: Clock, colour: 'text-muted' },
  sent: { icon: Check, colour: 'text-muted' },
  failed: { icon: CircleAlert, colour: 'text-danger' },
  delivered: { icon: CheckCheck, colour: 'text-muted' },
  read: { icon: CheckCheck, colour: 'text-tick' },
  played: { icon: Mic, colour: 'text-tick' },
}

interface TickProps {
  readonly status: DeliveryState
  /** It may have been sent, but nobody has confirmed it. */
  readonly isDoubtful?: boolean
  /** What else the tooltip says: when each step was made. */
  readonly detail?: string
}

/** How far an outgoing message has come, as a shape, a colour and a word. */
export function Tick({ status, isDoubtful = false, detail }: TickProps) {
  const { words } = useSpeech()
  const label = isDoubtful ? words.message.unconfirmed : words.ticks[status]
  const { icon: Icon, colour } = isDoubtful ? { icon: CircleHelp, colour: 'text-warn' } : icons[status]
  return (
    <span
      role="img"
      aria-label={label}
      title={detail || label}
      data-tick={isDoubtful ? 'doubt' : status}
      className={`inline-flex shrink-0 ${colour}`}
    >
      <Icon aria-hidden size={16} />
    </span>
  )
}
