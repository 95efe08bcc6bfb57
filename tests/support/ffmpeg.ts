import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sampleVoice } from '../../sandbox/control/sample-voice.ts'

/** A program that stands for ffmpeg, so that tests need nothing but Node: it writes down how it was called and turns WebM into `note`. */
export function openFfmpeg(note: Uint8Array): { readonly program: string; readonly calls: string; [Symbol.dispose](): void } {
  const directory = mkdtempSync(join(tmpdir(), 'mistok-ffmpeg-'))
  const [program, calls, result] = ['ffmpeg', 'calls', 'note'].map((name) => join(directory, name)) as [string, string, string]
  writeFileSync(result, note)
  writeFileSync(calls, '')
  const script = `#!${process.execPath}
const fs = require('node:fs')
const args = process.argv.slice(2)
if (args.includes('-encoders')) { console.log(' A....D libopus  libopus Opus'); process.exit(0) }
fs.appendFileSync(${JSON.stringify(calls)}, args.join(' ') + '\\n')
const input = fs.readFileSync(args[args.indexOf('-i') + 1].replace('file:', ''))
if (input.readUInt32BE(0) !== 0x1a45dfa3) { console.error('Invalid data found when processing input'); process.exit(1) }
process.stdout.write(fs.readFileSync(${JSON.stringify(result)}))
`
  writeFileSync(program, script)
  chmodSync(program, 0o755)
  return { program, calls, [Symbol.dispose]: () => rmSync(directory, { recursive: true, force: true }) }
}

/** A silent voice note of this length. */
export function voiceNoteOf(ms: number): Uint8Array {
  return new Uint8Array(sampleVoice(ms))
}
