import { useSpeech } from '../../../../i18n/language.tsx'
import type { Bubble } from './kind.ts'
import { MessageText } from './text.tsx'

export const InteractiveReplyBubble: Bubble<'interactive_reply'> = ({ message }) => {
  const { words } = useSpeech()
  const { title } = message.interactive_reply
  return (
    <>
      <p className="text-sm text-muted">{words.message.chose(title)}</p>
      {message.text !== title && <MessageText text={message.text} />}
    </>
  )
}
