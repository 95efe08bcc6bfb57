import type { Interactive } from '../../../../../contract/content.ts'
import type { Bubble } from './kind.ts'
import { RichText } from '../text/rich-text.tsx'

export const InteractiveBubble: Bubble<'interactive'> = ({ message }) => (
  <>
    {message.interactive.header && <p className="font-medium">{message.interactive.header}</p>}
    <RichText text={message.text} />
    {message.interactive.footer && <p className="text-sm text-muted">{message.interactive.footer}</p>}
    <ul className="mt-1 grid gap-1">
      {titlesOf(message.interactive).map((title) => (
        <li key={title} className="rounded-lg border border-line px-3 py-1 text-center text-muted">
          {title}
        </li>
      ))}
    </ul>
  </>
)

/** What can be pressed; here it does nothing. */
function titlesOf({ buttons = [], list, link }: Interactive): readonly string[] {
  const rows = list?.sections.flatMap((section) => section.rows) ?? []
  return [...buttons, ...rows, ...(link ? [link] : [])].map(({ title }) => title)
}
