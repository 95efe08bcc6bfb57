import { useState } from 'react'
import { useSpeech } from '../../../../i18n/language.tsx'
import { Dialog } from '../../../../ui/dialog.tsx'
import { shapeOf, WhenReady } from './file.tsx'
import type { Bubble } from './kind.ts'
import { Caption } from './text.tsx'

export const ImageBubble: Bubble<'image'> = ({ message }) => {
  const { words, formats } = useSpeech()
  const [isOpen, setOpen] = useState(false)
  const alt = message.text || words.message.image(message.sender.name, formats.time(message.sent_at))
  return (
    <>
      <WhenReady file={message.attachments[0]}>
        {(file) => (
          <>
            <button type="button" aria-label={`${words.message.open}: ${alt}`} onClick={() => setOpen(true)} className="block max-w-full">
              <img
                src={file.url}
                alt={alt}
                loading="lazy"
                style={shapeOf(file)}
                className="max-w-full rounded-lg bg-surface2 object-contain"
              />
            </button>
            {isOpen && (
              <Dialog wide title={alt} closeLabel={words.common.close} onClose={() => setOpen(false)}>
                <img src={file.url} alt={alt} className="max-h-[75dvh] max-w-full object-contain" />
                <a
                  href={`${file.url}?download=true`}
                  download={file.file_name ?? ''}
                  className="target inline-flex items-center text-brand underline"
                >
                  {words.message.download}
                </a>
              </Dialog>
            )}
          </>
        )}
      </WhenReady>
      <Caption text={message.text} />
    </>
  )
}
