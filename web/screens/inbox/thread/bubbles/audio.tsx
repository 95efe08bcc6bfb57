import { useState } from 'react'
import type { Attachment } from '../../../../../contract/content.ts'
import { onDemand } from '../../../../ui/on-demand.tsx'
import { FileLink, WhenReady } from './file.tsx'
import type { Bubble } from './kind.ts'
import { Caption } from './text.tsx'

const VoicePlayer = onDemand(() => import('../media/voice-player.tsx').then((part) => part.VoicePlayer))

export const AudioBubble: Bubble<'audio'> = ({ message }) => (
  <>
    <WhenReady file={message.attachments[0]}>{(file) => <Sound file={file} isPlayed={message.status === 'played'} />}</WhenReady>
    <Caption text={message.text} mentions={message.mentions} />
  </>
)

/** Not every browser plays what WhatsApp records; what it cannot play is there to be downloaded. */
function Sound({ file, isPlayed }: { readonly file: Attachment; readonly isPlayed: boolean }) {
  const [canPlay] = useState(() => new Audio().canPlayType(file.mime_type) !== '')
  if (!canPlay) return <FileLink file={file} />
  return (
    // Its place is kept until its code is there.
    <div className="max-w-full empty:h-12 empty:w-64">
      <VoicePlayer
        url={file.url}
        durationMs={file.duration_ms}
        waveform={file.waveform}
        isVoice={file.voice === true}
        isPlayed={isPlayed}
      />
    </div>
  )
}
