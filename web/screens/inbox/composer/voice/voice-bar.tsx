import { SendHorizontal, Square, Trash2 } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import { useSpeech } from '../../../../i18n/language.tsx'
import { Button, IconButton } from '../../../../ui/button.tsx'
import { VoicePlayer } from '../../thread/media/voice-player.tsx'
import { beginRecording, type Recorded, type Recording, RecordError } from './record.ts'

interface VoiceBarProps {
  readonly onSend: (file: File) => void
  readonly onClose: () => void
}

type State =
  | { readonly kind: 'asking' | 'finishing' }
  | { readonly kind: 'recording'; readonly since: number }
  | { readonly kind: 'review'; readonly recorded: Recorded; readonly url: string }
  | { readonly kind: 'failed'; readonly reason: RecordError['reason'] }

const BARS = 40
/** Above half a megabyte the receiver has to fetch it before it can be heard, in milliseconds at our bit rate. */
const LONG_MS = 170_000

/** Records a voice note in place of the field: listened to before it is sent, or thrown away. */
export function VoiceBar({ onSend, onClose }: VoiceBarProps) {
  const { words } = useSpeech()
  const [state, setState] = useState<State>({ kind: 'asking' })
  const [levels, setLevels] = useState<readonly number[]>([])
  const recording = useRef<Recording>(undefined)
  useEffect(() => {
    let isGone = false
    beginRecording((level) => setLevels((shown) => [...shown, level].slice(-BARS))).then(
      (begun) => {
        if (isGone) return begun.giveUp()
        recording.current = begun
        setState({ kind: 'recording', since: Date.now() })
      },
      (error: unknown) => setState({ kind: 'failed', reason: error instanceof RecordError ? error.reason : 'failed' }),
    )
    return () => {
      isGone = true
      recording.current?.giveUp()
      recording.current = undefined
    }
  }, [])
  const url = state.kind === 'review' ? state.url : undefined
  useEffect(() => () => (url ? URL.revokeObjectURL(url) : undefined), [url])

  const stop = async (): Promise<Recorded | undefined> => {
    const { current } = recording
    if (!current) return undefined
    recording.current = undefined
    setState({ kind: 'finishing' })
    try {
      return await current.stop()
    } catch (error) {
      setState({ kind: 'failed', reason: error instanceof RecordError ? error.reason : 'failed' })
      return undefined
    }
  }
  const review = async () => {
    const recorded = await stop()
    if (recorded) setState({ kind: 'review', recorded, url: URL.createObjectURL(recorded.file) })
  }
  const send = async () => {
    const recorded = state.kind === 'review' ? state.recorded : await stop()
    if (recorded) onSend(recorded.file)
  }
  if (state.kind === 'failed') {
    return (
      <div role="alert" className="flex flex-wrap items-center gap-2 px-2">
        <p className="flex-1 text-danger">{words.voice.failures[state.reason]}</p>
        <Button onClick={onClose}>{words.common.close}</Button>
      </div>
    )
  }
  return (
    <section aria-label={words.voice.record} className="flex items-center gap-2">
      <IconButton label={words.voice.discard} onClick={onClose} className="text-danger">
        <Trash2 aria-hidden size={20} />
      </IconButton>
      <div className="flex min-w-0 flex-1 items-center justify-center gap-3">
        {state.kind === 'asking' && <output className="text-muted">{words.voice.asking}</output>}
        {state.kind === 'recording' && <Live since={state.since} levels={levels} />}
        {state.kind === 'review' && (
          <VoicePlayer url={state.url} durationMs={state.recorded.durationMs} waveform={state.recorded.loudness} isVoice />
        )}
      </div>
      {state.kind === 'recording' && (
        <IconButton label={words.voice.stop} onClick={() => void review()}>
          <Square aria-hidden size={20} />
        </IconButton>
      )}
      <IconButton
        label={words.voice.send}
        disabled={state.kind === 'asking' || state.kind === 'finishing'}
        onClick={() => void send()}
        className="bg-brand text-onbrand hover:bg-brand"
      >
        <SendHorizontal aria-hidden size={20} className="rtl:-scale-x-100" />
      </IconButton>
    </section>
  )
}

/** The time, and what the microphone hears. */
function Live({ since, levels }: { readonly since: number; readonly levels: readonly number[] }) {
  const { words, formats } = useSpeech()
  const length = Date.now() - since
  return (
    <>
      <span aria-hidden className="size-3 shrink-0 animate-pulse rounded-full bg-danger" />
      <span role="timer" aria-label={words.voice.recording} className="tabular-nums">
        {formats.duration(length)}
      </span>
      <span aria-hidden className="flex h-8 min-w-0 flex-1 items-center justify-end gap-0.5 overflow-hidden">
        {levels.map((level, at) => (
          <span key={at} className="w-0.5 shrink-0 rounded-full bg-brand" style={{ height: `${Math.max(8, level)}%` }} />
        ))}
      </span>
      {length > LONG_MS && <span className="text-sm text-muted max-sm:hidden">{words.voice.long}</span>}
    </>
  )
}
