import { useSpeech } from '../../../../i18n/language.tsx'
import type { Bubble } from './kind.ts'
import { RichText } from '../text/rich-text.tsx'

export const InteractiveReplyBubble: Bubble<'interactive_reply'> = ({ message }) => {
  const { words } = useSpeech()
  const { title } = message.interactive_reply
  return (
    <>
      <p className="text-sm text-muted">{words.message.chose(title)}</p>
      {message.text !== title && <RichText text={message.text} />}
    </>
  )
}
