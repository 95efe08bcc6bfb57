import type { FileType } from '../../../../contract/content.ts'
import type { InboundFile } from '../../provider.ts'
import type { RichText } from './html.ts'
import { count, type Fields, fields, filled, isFields, list, present } from '../../../lib/fields.ts'
import { readCaption } from './text-in.ts'

const mediaAddress = /^mxc:\/\/[A-Za-z0-9.:[\]-]{1,255}\/[A-Za-z0-9_=-]{1,255}$/

/** Whether this is an address of media that may be asked for: nothing in it can leave its place in a path. */
export function isMediaAddress(value: unknown): value is string {
  return typeof value === 'string' && mediaAddress.test(value)
}

/** A file and the words that go with it (protocol/bridge.md 5.1). Undefined where there is no address to fetch it from. */
export function readFile(
  type: FileType,
  content: Fields,
): { readonly file: InboundFile; readonly caption: RichText; readonly forwarded: boolean } | undefined {
  const address = content['url']
  if (!isMediaAddress(address)) return undefined
  const info = fields(content['info'])
  const audio = fields(content['org.matrix.msc1767.audio'])
  const caption = readCaption(content)
  const file: InboundFile = present({
    type,
    mimeType: filled(info['mimetype'])?.slice(0, 128) ?? 'application/octet-stream',
    fileName: type === 'sticker' ? undefined : caption.fileName?.slice(0, 256),
    sizeBytes: count(info['size']),
    width: size(info['w']),
    height: size(info['h']),
    durationMs: size(info['duration']) ?? size(audio['duration']),
    voice: isFields(content['org.matrix.msc3245.voice']) ? true : undefined,
    gif: info['fi.mau.gif'] === true ? true : undefined,
    waveform: readWaveform(audio['waveform']),
    ref: { url: address },
  })
  return { file, caption, forwarded: caption.forwarded }
}

// Beyond this it is no width, height or length of anything, and no column of ours.
function size(value: unknown): number | undefined {
  const whole = count(value)
  return whole !== undefined && whole < 2 ** 31 ? whole : undefined
}

const mostBars = 256

// Each network has a scale of its own: WhatsApp's ends at 100, MSC3245's at 1024.
function readWaveform(value: unknown): readonly number[] | undefined {
  const bars = list(value).filter((bar) => typeof bar === 'number' && bar >= 0)
  if (bars.length === 0 || bars.length !== list(value).length) return undefined
  const shown =
    bars.length <= mostBars ? bars : Array.from({ length: mostBars }, (_, index) => bars[Math.floor((index * bars.length) / mostBars)])
  const loudest = Math.max(...shown.map(Number))
  return shown.map((bar) => (loudest === 0 ? 0 : Math.round((Number(bar) * 100) / loudest)))
}
