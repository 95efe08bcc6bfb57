import { FileLink, WhenReady } from './file.tsx'
import type { Bubble } from './kind.ts'
import { Caption } from './text.tsx'

export const DocumentBubble: Bubble<'document'> = ({ message }) => (
  <>
    <WhenReady file={message.attachments[0]}>{(file) => <FileLink file={file} />}</WhenReady>
    <Caption text={message.text} mentions={message.mentions} />
  </>
)
