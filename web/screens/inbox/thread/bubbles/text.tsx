import type { Named } from '../text/marks.ts'
import { RichText } from '../text/rich-text.tsx'
import type { Bubble } from './kind.ts'

interface CaptionProps {
  readonly text: string | undefined
  readonly mentions?: readonly Named[] | undefined
}

/** The words that go with a file, where there are any. */
export function Caption({ text, mentions }: CaptionProps) {
  return text ? <RichText text={text} mentions={mentions} /> : null
}

export const TextBubble: Bubble<'text'> = ({ message }) => <RichText isAlone text={message.text} mentions={message.mentions} />
