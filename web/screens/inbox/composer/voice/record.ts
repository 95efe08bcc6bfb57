import { type RecordedType, typeToRecord } from './can-record.ts'
import { remux } from './remux.ts'

/** A finished recording, ready to be sent as a voice note. */
export interface Recorded {
  readonly file: File
  readonly durationMs: number
  /** How loud it was from begin to end, in per cent. */
  readonly loudness: readonly number[]
}

/** A recording under way. It must be stopped or given up, or the microphone stays on. */
export interface Recording {
  readonly stop: () => Promise<Recorded>
  readonly giveUp: () => void
}

export class RecordError extends Error {
  readonly reason: 'denied' | 'no_microphone' | 'failed'
  constructor(reason: RecordError['reason'], options?: ErrorOptions) {
    super(reason, options)
    this.reason = reason
  }
}

/** Enough for speech; half a megabyte then lasts nearly three minutes. */
const BITS_PER_SECOND = 24_000
const LEVEL_EVERY_MS = 100

/** Asks for the microphone and records. `onLevel` hears how loud it is, ten times a second. Throws RecordError. */
export async function beginRecording(onLevel: (level: number) => void): Promise<Recording> {
  const mimeType = typeToRecord((type) => MediaRecorder.isTypeSupported(type))
  if (!mimeType) throw new RecordError('failed')
  const stream = await openMicrophone()
  const meter = openMeter(stream)
  const loudness: number[] = []
  const timer = setInterval(() => {
    const level = meter.level()
    loudness.push(level)
    onLevel(level)
  }, LEVEL_EVERY_MS)
  const recorder = new MediaRecorder(stream, { mimeType, audioBitsPerSecond: BITS_PER_SECOND })
  const parts: Blob[] = []
  recorder.ondataavailable = ({ data }) => parts.push(data)
  recorder.start()
  const release = () => {
    clearInterval(timer)
    meter.close()
    for (const track of stream.getTracks()) track.stop()
  }
  return {
    stop: async () => {
      const ended = new Promise((resolve) => recorder.addEventListener('stop', resolve, { once: true }))
      recorder.stop()
      await ended
      release()
      return finish(new Blob(parts), mimeType, loudness)
    },
    giveUp: () => {
      if (recorder.state !== 'inactive') recorder.stop()
      release()
    },
  }
}

async function openMicrophone(): Promise<MediaStream> {
  try {
    return await navigator.mediaDevices.getUserMedia({ audio: { channelCount: 1, noiseSuppression: true, echoCancellation: true } })
  } catch (error) {
    const name = error instanceof DOMException ? error.name : ''
    const reason = name === 'NotAllowedError' || name === 'SecurityError' ? 'denied' : name === 'NotFoundError' ? 'no_microphone' : 'failed'
    throw new RecordError(reason, { cause: error })
  }
}

function openMeter(stream: MediaStream) {
  const context = new AudioContext()
  const analyser = context.createAnalyser()
  analyser.fftSize = 1_024
  context.createMediaStreamSource(stream).connect(analyser)
  const wave = new Float32Array(analyser.fftSize)
  return {
    level: () => {
      analyser.getFloatTimeDomainData(wave)
      const power = wave.reduce((sum, value) => sum + value * value, 0) / wave.length
      // Speech stands between a hundredth and a third of what is possible.
      return Math.min(100, Math.round(Math.sqrt(power) * 300))
    },
    close: () => void context.close(),
  }
}

async function finish(blob: Blob, type: RecordedType, loudness: readonly number[]): Promise<Recorded> {
  const fileOf = (bytes: Blob | Uint8Array) => new File([bytes as BlobPart], 'voice.ogg', { type: 'audio/ogg' })
  if (type.startsWith('audio/ogg')) return { file: fileOf(blob), durationMs: loudness.length * LEVEL_EVERY_MS, loudness }
  try {
    const { ogg, durationMs } = remux(new Uint8Array(await blob.arrayBuffer()))
    return { file: fileOf(ogg), durationMs, loudness }
  } catch (error) {
    throw new RecordError('failed', { cause: error })
  }
}
