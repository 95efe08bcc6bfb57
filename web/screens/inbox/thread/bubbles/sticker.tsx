import { useSpeech } from '../../../../i18n/language.tsx'
import { WhenReady } from './file.tsx'
import type { Bubble } from './kind.ts'

export const StickerBubble: Bubble<'sticker'> = ({ message }) => {
  const { words } = useSpeech()
  return (
    <WhenReady file={message.attachments[0]}>
      {(file) => <img src={file.url} alt={message.text || words.kinds.sticker} loading="lazy" className="size-36 object-contain" />}
    </WhenReady>
  )
}
