import { ChevronLeft, ChevronRight, Download, type LucideIcon, X, ZoomIn, ZoomOut } from 'lucide-react'
import { type KeyboardEvent, type PointerEvent, useLayoutEffect, useRef, useState, type WheelEvent } from 'react'
import type { Message } from '../../../../../contract/message.ts'
import { useSpeech } from '../../../../i18n/language.tsx'
import { type Picture, usePictures } from './use-pictures.ts'
import { LARGEST, moveBy, type View, whole, zoomAt } from './zoom.ts'

interface LightboxProps {
  /** The message whose picture is shown first. */
  readonly message: Message
  readonly onClose: () => void
}

/** A picture or film over the whole window: enlarged by the wheel, two presses or buttons, moved by dragging; arrows go to the others. */
export function Lightbox({ message, onClose }: LightboxProps) {
  const { words } = useSpeech()
  const dialog = useRef<HTMLDialogElement>(null)
  const pictures = usePictures(message.conversation_id)
  const [index, setIndex] = useState(pictures.findIndex(({ id }) => id === message.id))
  const [view, setView] = useState<View>(whole)
  const picture = pictures[index]
  useLayoutEffect(() => {
    const element = dialog.current
    element?.showModal()
    return () => element?.close()
  }, [])
  if (!picture) return null
  const go = (step: number) => {
    if (!pictures[index + step]) return
    setIndex(index + step)
    setView(whole)
  }
  const zoom = (factor: number) => setView((now) => zoomAt(now, factor, { x: 0, y: 0 }))
  const onKeyDown = (event: KeyboardEvent) => {
    const isRtl = getComputedStyle(event.currentTarget).direction === 'rtl'
    const steps: Record<string, () => void> = {
      ArrowRight: () => go(isRtl ? -1 : 1),
      ArrowLeft: () => go(isRtl ? 1 : -1),
      '+': () => zoom(1.5),
      '=': () => zoom(1.5),
      '-': () => zoom(1 / 1.5),
    }
    const step = steps[event.key]
    if (!step) return
    event.preventDefault()
    step()
  }
  return (
    // The keys belong to the whole window.
    <dialog
      ref={dialog}
      aria-label={picture.alt}
      onCancel={(event) => {
        event.preventDefault()
        onClose()
      }}
      onKeyDown={onKeyDown}
      className="m-0 h-dvh max-h-none w-screen max-w-none bg-bg text-fg"
    >
      <div className="grid h-full grid-rows-[auto_minmax(0,1fr)_auto]">
        <div className="flex items-center gap-1 px-2 pt-[max(0.5rem,env(safe-area-inset-top))]">
          <p className="min-w-0 flex-1 truncate ps-2">
            <bdi>{picture.alt}</bdi>
          </p>
          <Tool icon={ZoomOut} label={words.media.smaller} disabled={picture.isFilm || view.scale <= 1} onPress={() => zoom(1 / 1.5)} />
          <Tool icon={ZoomIn} label={words.media.larger} disabled={picture.isFilm || view.scale >= LARGEST} onPress={() => zoom(1.5)} />
          <a
            href={`${picture.url}?download=true`}
            download={picture.fileName}
            aria-label={words.message.download}
            title={words.message.download}
            className="target inline-flex items-center justify-center rounded-lg text-muted hover:bg-surface2"
          >
            <Download aria-hidden size={20} />
          </a>
          <Tool icon={X} label={words.common.close} onPress={onClose} />
        </div>
        {picture.isFilm ? <Film key={picture.id} picture={picture} /> : <Stage picture={picture} view={view} onView={setView} />}
        <div className="flex min-h-12 items-center gap-2 px-2 pb-[max(0.5rem,env(safe-area-inset-bottom))]">
          <Tool icon={ChevronLeft} label={words.media.earlier} disabled={index === 0} onPress={() => go(-1)} />
          <p dir="auto" className="max-h-24 min-w-0 flex-1 overflow-y-auto text-center break-words">
            {picture.caption}
          </p>
          <Tool icon={ChevronRight} label={words.media.later} disabled={index === pictures.length - 1} onPress={() => go(1)} />
        </div>
      </div>
    </dialog>
  )
}

/** Plays as soon as it is shown: it was asked for. The arrows belong to its own controls while these have the focus. */
function Film({ picture: { url, alt, isMoving } }: { readonly picture: Picture }) {
  return (
    <div className="grid place-items-center overflow-hidden">
      {/* A film from WhatsApp comes without subtitles. */}
      {/* oxlint-disable-next-line jsx-a11y/media-has-caption */}
      <video src={url} aria-label={alt} controls autoPlay loop={isMoving} muted={isMoving} playsInline className="max-h-full max-w-full" />
    </div>
  )
}

interface StageProps {
  readonly picture: Picture
  readonly view: View
  readonly onView: (change: (view: View) => View) => void
}

function Stage({ picture, view, onView }: StageProps) {
  const image = useRef<HTMLImageElement>(null)
  const fromMiddle = ({ clientX, clientY, currentTarget }: { clientX: number; clientY: number; currentTarget: Element }) => {
    const frame = currentTarget.getBoundingClientRect()
    return { x: clientX - frame.left - frame.width / 2, y: clientY - frame.top - frame.height / 2 }
  }
  const onPointerMove = ({ buttons, movementX, movementY, currentTarget }: PointerEvent) => {
    const { current } = image
    if (buttons !== 1 || !current) return
    const shown = { width: current.offsetWidth, height: current.offsetHeight }
    const frame = { width: currentTarget.clientWidth, height: currentTarget.clientHeight }
    onView((now) => moveBy(now, movementX, movementY, shown, frame))
  }
  return (
    // What the wheel and a drag do here, the buttons and keys do too.
    <div
      className="grid touch-none place-items-center overflow-hidden"
      onWheel={(event: WheelEvent) => {
        const point = fromMiddle(event)
        onView((now) => zoomAt(now, event.deltaY < 0 ? 1.15 : 1 / 1.15, point))
      }}
      onDoubleClick={(event) => {
        const point = fromMiddle(event)
        onView((now) => (now.scale > 1 ? whole : zoomAt(now, 2.5, point)))
      }}
      onPointerMove={onPointerMove}
    >
      <img
        ref={image}
        src={picture.url}
        alt={picture.alt}
        draggable={false}
        style={{ transform: `translate(${view.x}px, ${view.y}px) scale(${view.scale})` }}
        className={`max-h-full max-w-full object-contain select-none ${view.scale > 1 ? 'cursor-grab' : 'cursor-zoom-in'}`}
      />
    </div>
  )
}

interface ToolProps {
  readonly icon: LucideIcon
  readonly label: string
  readonly disabled?: boolean
  readonly onPress: () => void
}

function Tool({ icon: Icon, label, disabled = false, onPress }: ToolProps) {
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      disabled={disabled}
      onClick={onPress}
      className="target inline-flex shrink-0 items-center justify-center rounded-lg text-muted hover:bg-surface2 disabled:opacity-40 rtl:[&_svg]:-scale-x-100"
    >
      <Icon aria-hidden size={20} />
    </button>
  )
}
