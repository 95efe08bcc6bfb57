import { FileText } from 'lucide-react'
import { useSpeech } from '../../../../i18n/language.tsx'
import { WhenReady } from './file.tsx'
import type { Bubble } from './kind.ts'
import { Caption } from './text.tsx'

export const DocumentBubble: Bubble<'document'> = ({ message }) => {
  const { words, formats } = useSpeech()
  return (
    <>
      <WhenReady file={message.attachments[0]}>
        {(file) => (
          <a href={`${file.url}?download=true`} download={file.file_name ?? ''} className="target flex items-center gap-2">
            <FileText aria-hidden size={24} className="shrink-0 text-brand" />
            <span className="min-w-0">
              <span className="block truncate underline">{file.file_name ?? words.kinds.document}</span>
              {file.size_bytes !== undefined && <span className="text-sm text-muted">{formats.bytes(file.size_bytes)}</span>}
            </span>
          </a>
        )}
      </WhenReady>
      <Caption text={message.text} />
    </>
  )
}
