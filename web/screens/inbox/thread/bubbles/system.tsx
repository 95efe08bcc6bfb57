import type { Bubble } from './kind.ts'

export const SystemBubble: Bubble<'system'> = ({ message }) => (
  <p dir="auto" className="text-sm text-muted">
    {message.text}
  </p>
)
