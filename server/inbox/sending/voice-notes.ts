import { sql } from 'kysely'
import type { MediaId } from '../../../contract/ids.ts'
import type { SendableFile } from '../../db/outbox.ts'
import type { Db } from '../../db/schema.ts'
import { SendError } from '../../lib/errors.ts'
import type { Ffmpeg } from '../../lib/ffmpeg.ts'
import type { MediaFiles } from '../../lib/media-files.ts'
import { lastPageBytes, opusDurationMs, opusHeadBytes, readOpusHead } from '../../lib/ogg.ts'

/** WhatsApp plays a recording as a voice note only if it is Opus in Ogg; everything else is made so before it is sent. */
export interface VoiceNotes {
  /** Whether recordings of other kinds can be turned into voice notes on this machine. */
  canConvert(): Promise<boolean>
  /** Whether the file is Opus in Ogg already, whatever it is called. */
  isReady(id: MediaId): Promise<boolean>
  /**
   * The file as it can be sent, converted where that is needed. Repeatable: what was converted before a crash is found so. Throws
   * SendError, certain, when it cannot be.
   */
  prepare(file: SendableFile, signal: AbortSignal): Promise<SendableFile>
}

const voiceType = 'audio/ogg'

export function createVoiceNotes({ db, files, ffmpeg }: { db: Db; files: MediaFiles; ffmpeg: Ffmpeg }): VoiceNotes {
  const isReady = async (id: MediaId) => readOpusHead(await readSome(files, id, 0, opusHeadBytes)) !== undefined

  return {
    isReady,
    canConvert: () => ffmpeg.isThere(),
    async prepare(file, signal) {
      const ready = await isReady(file.id)
      if (ready && file.mime_type.startsWith(voiceType) && file.duration_ms !== null) return file
      if (!ready) await convert(file.id, signal)
      return describe(file)
    },
  }

  async function convert(id: MediaId, signal: AbortSignal): Promise<void> {
    if (!(await ffmpeg.isThere())) throw refused('This server can no longer turn recordings into voice notes: ffmpeg is missing.')
    try {
      await files.write(id, ffmpeg.toVoiceNote(files.pathOf(id), signal))
    } catch (error) {
      if (signal.aborted) throw error
      throw refused('The recording could not be turned into a voice note. Send it as a document, or record it again.', error)
    }
  }

  /** Has the row say what the bytes are by now. */
  async function describe(file: SendableFile): Promise<SendableFile> {
    const size = await files.sizeOf(file.id)
    const head = readOpusHead(await readSome(files, file.id, 0, opusHeadBytes))
    const end = await readSome(files, file.id, Math.max(0, size - lastPageBytes), lastPageBytes)
    const duration = (head === undefined ? undefined : opusDurationMs(head, end)) ?? file.duration_ms
    await sql`update media set mime_type = ${voiceType}, file_name = 'voice.ogg', size_bytes = ${size}, sha256 = null, duration_ms = ${duration}
      where id = ${file.id}`.execute(db)
    return { ...file, mime_type: voiceType, file_name: 'voice.ogg', size_bytes: String(size), duration_ms: duration }
  }
}

async function readSome(files: MediaFiles, id: MediaId, start: number, length: number): Promise<Buffer> {
  const pieces: Uint8Array[] = []
  for await (const piece of files.read(id, { start, end: start + length - 1 })) pieces.push(piece)
  return Buffer.concat(pieces)
}

function refused(words: string, cause?: unknown): SendError {
  return new SendError('unsupported', words, { certain: true, retryAfterMs: null }, { cause })
}
