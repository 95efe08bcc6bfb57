import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { MediaId } from '../../../contract/ids.ts'
import { createDatabase, type TestDatabase } from '../../../tests/support/database.ts'
import { openFfmpeg, voiceNoteOf } from '../../../tests/support/ffmpeg.ts'
import { addFile } from '../../../tests/support/http.ts'
import { openDatabase } from '../../db/open.ts'
import type { SendableFile } from '../../db/outbox.ts'
import type { Db } from '../../db/schema.ts'
import { SendError } from '../../lib/errors.ts'
import { createFfmpeg, type Ffmpeg } from '../../lib/ffmpeg.ts'
import { type MediaFiles, openMediaFiles } from '../../lib/media-files.ts'
import { createVoiceNotes } from './voice-notes.ts'
import { checkSendable } from './sendable.ts'
import { plainLimits } from '../../../tests/support/fake-provider.ts'

let database: TestDatabase
let db: Db
let files: MediaFiles
let directory: string
const note = voiceNoteOf(1_500)
const webm = new Uint8Array([0x1a, 0x45, 0xdf, 0xa3, 7])
const signal = () => AbortSignal.timeout(20_000)
const row = (id: MediaId) => db.selectFrom('media').selectAll().where('id', '=', id).executeTakeFirstOrThrow()

beforeEach(async () => {
  database = await createDatabase()
  db = openDatabase(database.connection)
  directory = mkdtempSync(join(tmpdir(), 'mistok-media-'))
  files = openMediaFiles({ directory, maxBytes: 1_000_000 })
})
afterEach(async () => {
  await db.destroy()
  await database.drop()
  rmSync(directory, { recursive: true, force: true })
})

async function recorded(bytes: Uint8Array, mimeType = 'audio/webm;codecs=opus'): Promise<SendableFile> {
  const id = await addFile(db, { uploadedBy: 'usr_1' }, bytes.length, { mimeType, fileName: 'recording.webm' })
  await files.write(
    id,
    (async function* () {
      yield bytes
    })(),
  )
  const measures = { width: null, height: null, duration_ms: null, voice: true, gif: false }
  return { id, type: 'audio', mime_type: mimeType, file_name: 'recording.webm', size_bytes: String(bytes.length), ...measures }
}

test('a recording is made a voice note once, whenever the process dies', async () => {
  using stub = openFfmpeg(note)
  const ffmpeg = createFfmpeg({ program: stub.program, clock: Date.now })
  const notes = createVoiceNotes({ db, files, ffmpeg })
  expect(await notes.canConvert()).toBe(true)
  const file = await recorded(webm)
  expect(await notes.isReady(file.id)).toBe(false)
  const expected = { mime_type: 'audio/ogg', file_name: 'voice.ogg', size_bytes: String(note.length), duration_ms: 1_500 }
  expect(await notes.prepare(file, signal())).toMatchObject({ id: file.id, ...expected })
  expect(await row(file.id)).toMatchObject(expected)
  // It died after the bytes were there, before the row said so: the row is as it was, and is mended without converting again.
  expect(await notes.prepare(file, signal())).toMatchObject(expected)
  expect(readFileSync(stub.calls, 'utf8').trim().split('\n')).toHaveLength(1)
  expect(await notes.isReady(file.id)).toBe(true)
  const call = readFileSync(stub.calls, 'utf8')
  expect(call, 'it opens files only, and no lists of files').toMatch(/-protocol_whitelist file -format_whitelist \S*matroska/)
})

test('it ends with its process, and leaves the recording as it was', async () => {
  const file = await recorded(webm)
  const begun = Promise.withResolvers<void>()
  const hanging: Ffmpeg = {
    isThere: async () => true,
    async *toVoiceNote(_, stop) {
      yield new Uint8Array([1])
      begun.resolve()
      await new Promise((_resolve, reject) => stop.addEventListener('abort', () => reject(new Error('stopped'))))
    },
  }
  const stopping = new AbortController()
  const prepared = createVoiceNotes({ db, files, ffmpeg: hanging }).prepare(file, stopping.signal)
  await begun.promise
  stopping.abort()
  await expect(prepared).rejects.not.toBeInstanceOf(SendError)
  expect(readFileSync(files.pathOf(file.id))).toEqual(Buffer.from(webm))
})

test('what cannot be converted is refused for certain, and stays as it was', async () => {
  using stub = openFfmpeg(note)
  const notes = createVoiceNotes({ db, files, ffmpeg: createFfmpeg({ program: stub.program, clock: Date.now }) })
  const file = await recorded(new Uint8Array([1, 2, 3, 4, 5]))
  await expect(notes.prepare(file, signal())).rejects.toMatchObject({ code: 'unsupported', certain: true, retryAfterMs: null })
  expect(readFileSync(files.pathOf(file.id))).toEqual(Buffer.from([1, 2, 3, 4, 5]))
})

test.each([
  ['off', 'off'],
  ['not there', '/nowhere/ffmpeg'],
])('where ffmpeg is %s, a recording is refused in words that say what to do', async (_, program) => {
  const notes = createVoiceNotes({ db, files, ffmpeg: createFfmpeg({ program, clock: Date.now }) })
  expect(await notes.canConvert()).toBe(false)
  const file = { mime_type: 'audio/webm', size_bytes: 5, voice: true, gif: false, recording: 'stuck' as const }
  const limits = { ...plainLimits, voice: ['audio/ogg'], files: { audio: { mime_types: ['audio/ogg'], max_bytes: 100, max_caption: 0 } } }
  expect(() => checkSendable('audio', { type: 'audio' }, file, limits)).toThrow(
    /Install ffmpeg on the server, or send the recording as a document/,
  )
  expect(() => checkSendable('audio', { type: 'audio' }, { ...file, recording: 'ready' }, limits)).not.toThrow()
  expect(() => checkSendable('audio', { type: 'audio' }, { ...file, recording: 'ready', size_bytes: 101 }, limits)).toThrow(/larger than/)
})
