import { execFile, spawn } from 'node:child_process'
import { promisify } from 'node:util'
import type { Clock } from './clock.ts'

/** The program ffmpeg, where this machine has it (settled.md 16). */
export interface Ffmpeg {
  /** Whether it is there and can write Opus; looked for again now and then. */
  isThere(): Promise<boolean>
  /** The sound of a file as Opus in Ogg. The stream throws when that cannot be done in time. */
  toVoiceNote(path: string, signal: AbortSignal): AsyncIterable<Uint8Array>
}

const lookAgainAfterMs = 60_000
const probeMs = 10_000
const longestRunMs = 120_000
/** What a voice note may be at most: ten times what WhatsApp itself records. */
const longestNoteSeconds = 3_600
const longestComplaint = 2_000

// Containers that recordings come in. Everything else, and above all lists that name other files, is not opened.
const readable = 'matroska,webm,mov,mp4,m4a,3gp,ogg,mp3,wav,aac,amr,flac,caf,aiff'

/** `program` is its name or path; `off` for none. */
export function createFfmpeg({ program, clock }: { program: string; clock: Clock }): Ffmpeg {
  let looked: { readonly found: Promise<boolean>; readonly at: number } | undefined

  return {
    async isThere() {
      if (program === 'off') return false
      const known = looked
      if (known !== undefined && ((await known.found) || clock() - known.at < lookAgainAfterMs)) return known.found
      looked = { found: look(program), at: clock() }
      return looked.found
    },
    toVoiceNote: (path, signal) => run(program, path, signal),
  }
}

async function look(program: string): Promise<boolean> {
  try {
    const { stdout } = await promisify(execFile)(program, ['-hide_banner', '-encoders'], { timeout: probeMs, env: searchPath() })
    return stdout.includes('libopus')
  } catch {
    return false
  }
}

async function* run(program: string, path: string, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const child = spawn(program, argumentsFor(path), {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: searchPath(),
    signal: AbortSignal.any([signal, AbortSignal.timeout(longestRunMs)]),
    killSignal: 'SIGKILL',
  })
  let complaint = ''
  child.stderr.on('data', (words: Buffer) => {
    complaint = (complaint + words.toString()).slice(-longestComplaint)
  })
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  ended.catch(() => {})
  try {
    yield* child.stdout as AsyncIterable<Uint8Array>
    const code = await ended
    if (code !== 0) throw new Error(`ffmpeg ended with ${code ?? 'a signal'}: ${complaint.trim()}`)
  } finally {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL')
  }
}

function argumentsFor(path: string): readonly string[] {
  const input = ['-protocol_whitelist', 'file', '-format_whitelist', readable, '-i', `file:${path}`]
  const sound = ['-map', '0:a:0', '-vn', '-sn', '-dn', '-map_metadata', '-1', '-t', String(longestNoteSeconds)]
  const opus = ['-c:a', 'libopus', '-application', 'voip', '-b:a', '32k', '-ac', '1', '-ar', '48000']
  return ['-hide_banner', '-nostdin', '-loglevel', 'error', '-threads', '1', ...input, ...sound, ...opus, '-f', 'ogg', 'pipe:1']
}

// It needs nothing of ours, least of all our secrets.
function searchPath(): NodeJS.ProcessEnv {
  return { PATH: process.env['PATH'] ?? '' }
}
