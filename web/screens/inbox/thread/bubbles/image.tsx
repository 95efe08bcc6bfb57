import { useSpeech } from '../../../../i18n/language.tsx'
import { useLightbox } from '../media/use-lightbox.tsx'
import { useRowTab } from '../row-focus.ts'
import { shapeOf, WhenReady } from './file.tsx'
import type { Bubble } from './kind.ts'
import { Caption } from './text.tsx'

export const ImageBubble: Bubble<'image'> = ({ message }) => {
  const { words, formats } = useSpeech()
  const tab = useRowTab()
  const { open, shown } = useLightbox(message)
  const alt = message.text || words.message.image(message.sender.name, formats.time(message.sent_at))
  return (
    <>
      <WhenReady file={message.attachments[0]}>
        {(file) => (
          <button
            type="button"
            tabIndex={tab}
            aria-label={`${words.message.open}: ${alt}`}
            onClick={open}
            className="block max-w-full cursor-zoom-in rounded-xl"
          >
            <img src={file.url} alt={alt} loading="lazy" style={shapeOf(file)} className="max-w-full rounded-xl bg-surface2 object-cover" />
          </button>
        )}
      </WhenReady>
      <div className="min-w-48 px-2 [contain:inline-size] empty:hidden">
        <Caption text={message.text} mentions={message.mentions} />
      </div>
      {shown}
    </>
  )
}
