import { Mic } from 'lucide-react'
import { useSpeech } from '../../../../i18n/language.tsx'
import { WhenReady } from './file.tsx'
import type { Bubble } from './kind.ts'
import { Caption } from './text.tsx'

export const AudioBubble: Bubble<'audio'> = ({ message }) => {
  const { words } = useSpeech()
  return (
    <>
      <WhenReady file={message.attachments[0]}>
        {(file) => (
          <div className="flex max-w-full items-center gap-2">
            {file.voice && <Mic aria-hidden size={18} className="shrink-0 text-muted" />}
            {/* oxlint-disable-next-line jsx-a11y/media-has-caption -- a voice message comes without a transcript */}
            <audio
              src={file.url}
              controls
              preload="metadata"
              aria-label={file.voice ? words.message.voice : words.kinds.audio}
              className="max-w-full min-w-0"
            />
          </div>
        )}
      </WhenReady>
      <Caption text={message.text} />
    </>
  )
}
