import { useSpeech } from '../../../i18n/language.tsx'
import type { Bubble } from './kind.ts'
import { MessageText } from './text.tsx'

export const TemplateBubble: Bubble<'template'> = ({ message }) => {
  const { words } = useSpeech()
  return (
    <>
      <MessageText text={message.text} />
      <p className="text-sm text-muted">{words.message.template(message.template.name, message.template.language)}</p>
    </>
  )
}
