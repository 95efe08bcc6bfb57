import { Ban, ImageOff, Play } from 'lucide-react'
import { useRef, useState } from 'react'
import type { Attachment } from '../../../../../contract/content.ts'
import type { Message } from '../../../../../contract/message.ts'
import { useSpeech } from '../../../../i18n/language.tsx'
import { useThreadLateWords } from '../../../../i18n/thread-late.ts'
import { Spinner } from '../../../../ui/spinner.tsx'
import { useComposing } from '../composing.tsx'
import { useLightbox } from '../media/use-lightbox.tsx'
import { MessageActions } from '../message-actions.tsx'
import { Reactions } from '../reactions.tsx'
import { useRowTab } from '../row-focus.ts'
import { useGestures } from '../use-gestures.ts'

interface AlbumCellProps {
  readonly message: Message
  /** Which of the album it is, in words. */
  readonly place: string
  /** So many more are not shown. */
  readonly more: number
  /** Its actions are shown where there is no pointer to ask for them. */
  readonly isChosen: boolean
  /** One has just jumped here. */
  readonly isMarked: boolean
  readonly isWide: boolean
  /** It gives itself its shape; else the grid does. */
  readonly isSquare: boolean
  readonly onChoose: () => void
}

/** One message of an album. */
export function AlbumCell({ message, place, more, isChosen, isMarked, isWide, isSquare, onChoose }: AlbumCellProps) {
  const { begin } = useComposing()
  const [isOpen, setOpen] = useState(false)
  const cell = useRef<HTMLDivElement>(null)
  const answer = () => message.external_id !== undefined && begin({ mode: 'reply', message: message.id })
  const gestures = useGestures({ onHold: () => setOpen(true), onSwipe: answer })
  const shape = isSquare ? (isWide ? 'aspect-[2/1]' : 'aspect-square') : ''
  const edge = message.status === 'failed' ? 'outline-2 outline-danger' : isMarked ? 'outline-4 outline-brand' : ''
  return (
    // oxlint-disable-next-line jsx-a11y/no-static-element-interactions -- what a key or a finger does here, its actions do too
    <div
      ref={cell}
      data-message={message.id}
      onFocus={onChoose}
      onKeyDown={(event) => {
        if (event.code !== 'KeyR' || event.ctrlKey || event.metaKey || event.altKey || isOpen) return
        event.preventDefault()
        answer()
      }}
      {...gestures}
      className={`group relative min-h-0 min-w-0 overflow-clip rounded-lg bg-surface2 [overflow-clip-margin:4px] ${isWide ? 'col-span-2' : ''} ${shape} ${edge}`}
    >
      <Face message={message} place={place} more={more} />
      <div className="absolute start-0 bottom-1 max-w-full">
        <Reactions message={message} />
      </div>
      <MessageActions message={message} anchor={cell} isOpen={isOpen} isCurrent={isChosen} isInside onOpen={setOpen} />
    </div>
  )
}

/** What is seen of it, and pressed to see it large. */
function Face({ message, place, more }: Pick<AlbumCellProps, 'message' | 'place' | 'more'>) {
  const { words, formats } = useSpeech()
  const late = useThreadLateWords()
  const tab = useRowTab()
  const { open, shown } = useLightbox(message)
  if (message.type !== 'image' && message.type !== 'video') return <Absent icon={Ban} label={words.kinds[message.type]} />
  const [file] = message.attachments
  if (file?.status === 'pending') {
    return (
      <p className="grid size-full place-items-center">
        <Spinner label={words.message.fileComing} />
      </p>
    )
  }
  if (file?.status !== 'ready') {
    return <Absent icon={ImageOff} label={file?.status === 'expired' ? words.message.fileExpired : words.message.fileFailed} />
  }
  const name = message.type === 'video' ? late.album.film : words.message.image
  const alt = `${name(message.sender.name, formats.time(message.sent_at))} (${place})`
  const label = [`${words.message.open}: ${alt}`, message.status && words.ticks[message.status], more > 0 && late.album.more(more)]
  return (
    <>
      <button
        type="button"
        tabIndex={tab}
        aria-label={label.filter(Boolean).join(', ')}
        onClick={open}
        className="block size-full cursor-zoom-in rounded-lg outline-offset-[-3px]"
      >
        {message.type === 'video' ? (
          <Film file={file} />
        ) : (
          <img src={file.url} alt={alt} loading="lazy" className="absolute inset-0 size-full rounded-lg object-cover" />
        )}
        {more > 0 && (
          <span aria-hidden className="absolute inset-0 grid place-items-center rounded-lg bg-fg/70 text-2xl font-medium text-bg">
            +{more}
          </span>
        )}
      </button>
      {shown}
    </>
  )
}

/** A film stands still in its cell; it plays where it is seen large. */
function Film({ file }: { readonly file: Attachment }) {
  const { formats } = useSpeech()
  return (
    <>
      <video
        src={file.url}
        preload="metadata"
        muted
        playsInline
        aria-hidden
        tabIndex={-1}
        className="absolute inset-0 size-full rounded-lg object-cover"
      />
      <span aria-hidden className="absolute inset-0 m-auto grid size-11 place-items-center rounded-full bg-surface/85 text-fg">
        <Play size={22} />
      </span>
      {file.duration_ms !== undefined && (
        <span aria-hidden className="absolute end-1 bottom-1 rounded bg-surface/85 px-1 text-xs text-fg">
          {formats.duration(file.duration_ms)}
        </span>
      )}
    </>
  )
}

function Absent({ icon: Icon, label }: { readonly icon: typeof Ban; readonly label: string }) {
  return (
    <p className="grid size-full place-content-center justify-items-center gap-1 p-2 text-center text-sm text-muted">
      <Icon aria-hidden size={24} />
      {label}
    </p>
  )
}
