import { Mic, Pause, Play } from 'lucide-react'
import { type KeyboardEvent, type PointerEvent, type RefObject, useEffect, useRef, useState } from 'react'
import { useSpeech } from '../../../../i18n/language.tsx'
import { useRowTab } from '../row-focus.ts'
import { barsOf, pathOf } from './waveform.ts'

interface VoicePlayerProps {
  readonly url: string
  /** Its length as far as it was told, in milliseconds. */
  readonly durationMs: number | undefined
  /** Loudness from begin to end, in per cent. */
  readonly waveform?: readonly number[] | undefined
  readonly isVoice: boolean
  /** The contact has listened to it. */
  readonly isPlayed?: boolean
}

const rates = [1, 1.5, 2] as const
const RATE_KEPT_AS = 'mistok.voice-rate'
const HEIGHT = 32
const STEP_S = 5

/** Only one sounds at a time. */
let sounding: HTMLAudioElement | undefined

/** A recording with its loudness as a slider, its pace, and what remains; when it ends, the next voice below begins. */
export function VoicePlayer({ url, durationMs, waveform, isVoice, isPlayed = false }: VoicePlayerProps) {
  const { words, formats } = useSpeech()
  const tab = useRowTab()
  const audio = useRef<HTMLAudioElement>(null)
  const { isPlaying, at, length } = useSound(audio, durationMs)
  const [rate, setRate] = useRate(audio)
  const share = length > 0 ? Math.min(1, at / length) : 0
  const toggle = () => {
    const { current } = audio
    if (!current) return
    current.playbackRate = rate
    // What cannot be played is said by the browser through the state of the button.
    if (current.paused) void current.play().catch(() => undefined)
    else current.pause()
  }
  return (
    <div data-voice className="flex w-64 max-w-full items-center gap-2">
      {/* oxlint-disable-next-line jsx-a11y/media-has-caption -- a recording comes without a transcript */}
      <audio ref={audio} src={url} preload={durationMs ? 'none' : 'metadata'} />
      <button
        type="button"
        tabIndex={tab}
        data-play
        aria-label={isPlaying ? words.media.pause : words.media.play}
        onClick={toggle}
        className="target inline-flex shrink-0 items-center justify-center rounded-full bg-brand text-onbrand"
      >
        {isPlaying ? <Pause aria-hidden size={20} /> : <Play aria-hidden size={20} className="rtl:-scale-x-100" />}
      </button>
      <div className="min-w-0 flex-1">
        <Slider audio={audio} at={at} length={length} share={share} waveform={waveform} />
        <p className="flex items-center gap-1 text-xs text-muted">
          {isVoice && <Mic aria-hidden size={12} className={isPlayed ? 'text-tick' : ''} />}
          <span dir="ltr">{formats.duration((isPlaying || at > 0 ? length - at : length) * 1_000)}</span>
        </p>
      </div>
      <button
        type="button"
        tabIndex={tab}
        aria-label={words.media.pace(rate)}
        title={words.media.pace(rate)}
        onClick={() => setRate(rates[(rates.indexOf(rate) + 1) % rates.length] ?? 1)}
        className="min-h-6 min-w-9 shrink-0 rounded-full bg-fg/10 px-1.5 text-xs font-medium pointer-coarse:min-h-11 pointer-coarse:min-w-11"
      >
        {rate}×
      </button>
    </div>
  )
}

/** What the sound element does, as values to draw; times in seconds. */
function useSound(audio: RefObject<HTMLAudioElement | null>, durationMs: number | undefined) {
  const [state, setState] = useState({ isPlaying: false, at: 0, length: (durationMs ?? 0) / 1_000 })
  useEffect(() => {
    const element = audio.current
    if (!element) return
    const look = () => {
      const length = Number.isFinite(element.duration) && element.duration > 0 ? element.duration : (durationMs ?? 0) / 1_000
      setState({ isPlaying: !element.paused, at: element.currentTime, length })
    }
    const begin = () => {
      if (sounding !== element) sounding?.pause()
      sounding = element
      look()
    }
    const end = () => {
      element.currentTime = 0
      look()
      playNext(element)
    }
    const leaving = new AbortController()
    const { signal } = leaving
    element.addEventListener('play', begin, { signal })
    element.addEventListener('ended', end, { signal })
    for (const type of ['pause', 'timeupdate', 'loadedmetadata', 'durationchange', 'seeked'])
      element.addEventListener(type, look, { signal })
    return () => {
      leaving.abort()
      element.pause()
      if (sounding === element) sounding = undefined
    }
  }, [audio, durationMs])
  return state
}

/** The voice below, as when one listens to what somebody has said in several messages. */
function playNext(element: HTMLAudioElement): void {
  const feed = element.closest('[role=feed]')
  const all = [...(feed?.querySelectorAll<HTMLElement>('[data-voice]') ?? [])]
  const next = all[all.findIndex((one) => one.contains(element)) + 1]
  next?.querySelector<HTMLButtonElement>('[data-play]')?.click()
}

function useRate(audio: RefObject<HTMLAudioElement | null>) {
  const [rate, setRate] = useState(() => rates.find((one) => String(one) === localStorage.getItem(RATE_KEPT_AS)) ?? 1)
  const change = (next: (typeof rates)[number]) => {
    localStorage.setItem(RATE_KEPT_AS, String(next))
    setRate(next)
    if (audio.current) audio.current.playbackRate = next
  }
  return [rate, change] as const
}

interface SliderProps {
  readonly audio: RefObject<HTMLAudioElement | null>
  readonly at: number
  readonly length: number
  readonly share: number
  readonly waveform: readonly number[] | undefined
}

function Slider({ audio, at, length, share, waveform }: SliderProps) {
  const { words, formats } = useSpeech()
  const tab = useRowTab()
  const bars = barsOf(waveform)
  const path = pathOf(bars, HEIGHT)
  const width = bars.length * 3
  const seek = (to: number) => {
    if (audio.current && length > 0) audio.current.currentTime = Math.min(length, Math.max(0, to))
  }
  const onKeyDown = (event: KeyboardEvent) => {
    const forward = getComputedStyle(event.currentTarget).direction === 'rtl' ? 'ArrowLeft' : 'ArrowRight'
    const targets: Record<string, number> = { ArrowUp: at + STEP_S, ArrowDown: at - STEP_S, Home: 0, End: length }
    const sideways = event.key === 'ArrowRight' || event.key === 'ArrowLeft'
    const target = sideways ? at + (event.key === forward ? STEP_S : -STEP_S) : targets[event.key]
    if (target === undefined) return
    event.preventDefault()
    event.stopPropagation()
    seek(target)
  }
  const onPointer = ({ clientX, currentTarget, buttons }: PointerEvent) => {
    if (buttons !== 1) return
    const { left, width: shown } = currentTarget.getBoundingClientRect()
    const along = (clientX - left) / shown
    seek(length * (getComputedStyle(currentTarget).direction === 'rtl' ? 1 - along : along))
  }
  return (
    <div
      role="slider"
      tabIndex={tab}
      aria-label={words.media.position}
      aria-valuemin={0}
      aria-valuemax={Math.round(length)}
      aria-valuenow={Math.round(at)}
      aria-valuetext={words.media.positionOf(formats.duration(at * 1_000), formats.duration(length * 1_000))}
      onKeyDown={onKeyDown}
      onPointerDown={onPointer}
      onPointerMove={onPointer}
      className="cursor-pointer touch-pan-y rounded"
    >
      <svg aria-hidden viewBox={`0 0 ${width} ${HEIGHT}`} preserveAspectRatio="none" className="block h-8 w-full rtl:-scale-x-100">
        <path d={path} strokeWidth={2} strokeLinecap="round" className="stroke-control" />
        <path
          d={path}
          strokeWidth={2}
          strokeLinecap="round"
          className="stroke-brand"
          style={{ clipPath: `inset(0 ${((1 - share) * 100).toFixed(2)}% 0 0)` }}
        />
      </svg>
    </div>
  )
}
