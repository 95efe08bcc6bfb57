import { useState } from 'react'
import type { Attachment } from '../../../../../contract/content.ts'
import { FileLink, shapeOf, WhenReady } from './file.tsx'
import type { Bubble } from './kind.ts'
import { Caption } from './text.tsx'

export const VideoBubble: Bubble<'video'> = ({ message }) => (
  <>
    <WhenReady file={message.attachments[0]}>{(file) => <Film file={file} />}</WhenReady>
    <div className="min-w-48 px-2 [contain:inline-size] empty:hidden">
      <Caption text={message.text} mentions={message.mentions} />
    </div>
  </>
)

/** A film, or a picture that moves by itself; what the browser cannot play is there to be downloaded. */
function Film({ file }: { readonly file: Attachment }) {
  const [canPlay] = useState(() => document.createElement('video').canPlayType(file.mime_type) !== '')
  const [isStill] = useState(() => matchMedia('(prefers-reduced-motion: reduce)').matches)
  if (!canPlay) return <FileLink file={file} />
  const moves = file.gif === true && !isStill
  return (
    // A film from WhatsApp comes without subtitles.
    // oxlint-disable-next-line jsx-a11y/media-has-caption
    <video
      src={file.url}
      controls={!moves}
      autoPlay={moves}
      loop={file.gif === true}
      muted={file.gif === true}
      playsInline
      preload="metadata"
      style={shapeOf(file)}
      className="max-w-full rounded-xl bg-surface2"
    />
  )
}
