import type { Bubble } from './kind.ts'
import { RichText } from '../text/rich-text.tsx'

export const PollBubble: Bubble<'poll'> = ({ message }) => (
  <>
    <RichText text={message.poll.question} />
    <ul className="mt-1 grid gap-1">
      {message.poll.options.map((option) => (
        <li key={option} dir="auto" className="rounded-lg bg-surface2 px-3 py-1">
          {option}
        </li>
      ))}
    </ul>
  </>
)
