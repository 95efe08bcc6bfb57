import { useSpeech } from '../../../../i18n/language.tsx'
import type { Bubble } from './kind.ts'
import { Caption } from './text.tsx'

export const UnsupportedBubble: Bubble<'unsupported'> = ({ message }) => {
  const { words } = useSpeech()
  return (
    <>
      <p className="text-muted italic">{words.message.unsupported}</p>
      <Caption text={message.unsupported?.fallback} />
    </>
  )
}
