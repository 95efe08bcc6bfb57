import { shapeOf, WhenReady } from './file.tsx'
import type { Bubble } from './kind.ts'
import { Caption } from './text.tsx'

export const VideoBubble: Bubble<'video'> = ({ message }) => (
  <>
    <WhenReady file={message.attachments[0]}>
      {(file) => (
        // A film from WhatsApp comes without subtitles.
        // oxlint-disable-next-line jsx-a11y/media-has-caption
        <video src={file.url} controls preload="metadata" style={shapeOf(file)} className="max-w-full rounded-lg bg-surface2" />
      )}
    </WhenReady>
    <Caption text={message.text} />
  </>
)
