import type { Bubble } from './kind.ts'
import { MessageText } from './text.tsx'

export const InteractiveBubble: Bubble<'interactive'> = ({ message }) => (
  <>
    <MessageText text={message.text} />
    <ul className="mt-1 grid gap-1">
      {(message.interactive.buttons ?? []).map(({ id, title }) => (
        <li key={id} className="rounded-lg border border-line px-3 py-1 text-center text-muted">
          {title}
        </li>
      ))}
    </ul>
  </>
)
