import { useSpeech } from '../../../../i18n/language.tsx'
import { RichText } from '../text/rich-text.tsx'
import type { Bubble, Of } from './kind.ts'

/** The question, and of each answer how many have chosen it and who. */
export const PollBubble: Bubble<'poll'> = ({ message }) => {
  const { words } = useSpeech()
  const { question, options, max_choices } = message.poll
  const most = Math.max(1, ...options.map((option) => votersOf(message, option).length))
  return (
    <div className="min-w-56">
      <div className="font-medium">
        <RichText text={question} />
      </div>
      <p className="text-xs text-muted">{max_choices > 1 ? words.media.pollMany : words.media.pollOne}</p>
      <ul className="mt-1 grid gap-2">
        {options.map((option) => {
          const voters = votersOf(message, option)
          return (
            <li key={option}>
              <div className="flex items-baseline gap-2">
                <bdi className="min-w-0 flex-1 wrap-anywhere">{option}</bdi>
                <span className="text-sm text-muted">{voters.length}</span>
              </div>
              <div aria-hidden className="mt-0.5 h-1.5 overflow-hidden rounded-full bg-fg/10">
                <div className="h-full rounded-full bg-brand" style={{ width: `${(voters.length / most) * 100}%` }} />
              </div>
              {voters.length > 0 && (
                <p className="text-xs text-muted">
                  <bdi>{voters.join(', ')}</bdi>
                </p>
              )}
            </li>
          )
        })}
      </ul>
    </div>
  )
}

function votersOf({ poll: { votes = [] } }: Of<'poll'>, option: string): readonly string[] {
  return votes.filter(({ options }) => options.includes(option)).map(({ sender }) => sender.name)
}
