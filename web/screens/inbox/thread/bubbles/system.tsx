import { Phone, Timer, Video } from 'lucide-react'
import type { Bubble } from './kind.ts'

/** What happened, in the network's words. */
export const SystemBubble: Bubble<'system'> = ({ message: { text, system } }) => {
  const Icon = system?.event === 'call' ? (system.video ? Video : Phone) : system?.event === 'disappearing_timer' ? Timer : undefined
  return (
    <p dir="auto" className="flex items-center gap-2 text-sm text-muted">
      {Icon && <Icon aria-hidden size={14} className="shrink-0" />}
      {text}
    </p>
  )
}
