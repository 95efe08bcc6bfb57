import type { WaContent } from '../phone/types.ts'
import type { Bridge } from './bridge.ts'
import { listOf, numberOf, objectOf, textOf, type JsonObject } from './json.ts'
import { markupOfHtml } from './markup.ts'
import { fileFeatures } from './room-features.ts'
import { failed, refused } from './status.ts'

/** The WhatsApp message for the content of a Matrix event (protocol/bridge.md 5.2); throws NotBridged for what cannot be sent. */
export async function outgoing(bridge: Bridge, type: string, content: JsonObject): Promise<WaContent> {
  if (type === 'm.sticker') return media(bridge, 'm.sticker', content)
  if (type === 'org.matrix.msc3381.poll.start') return poll(objectOf(content['org.matrix.msc3381.poll.start']))
  const msgtype = textOf(content['msgtype']) ?? ''
  switch (msgtype) {
    case 'm.text':
    case 'm.emote':
      return text(bridge, content)
    case 'm.image':
    case 'm.video':
    case 'm.audio':
    case 'm.file':
      return media(bridge, msgtype, content)
    case 'm.location':
      return location(content)
    default:
      throw refused('unsupported message type')
  }
}

function words(bridge: Bridge, content: JsonObject): { text: string; mentions: string[] } {
  const html = content['format'] === 'org.matrix.custom.html' ? textOf(content['formatted_body']) : undefined
  if (html === undefined) return { text: textOf(content['body']) ?? '', mentions: [] }
  const meant = content['m.mentions'] === undefined ? undefined : listOf(objectOf(content['m.mentions'])['user_ids'])
  const mentions = new Set<string>()
  const marked = markupOfHtml(html, (mxid) => {
    const phone = meant === undefined || meant.includes(mxid) ? bridge.ids.phoneOfMxid(mxid) : undefined
    if (phone !== undefined) mentions.add(phone)
    return phone
  })
  return { text: marked, mentions: [...mentions] }
}

function text(bridge: Bridge, content: JsonObject): WaContent {
  const { text: body, mentions } = words(bridge, content)
  if (body === '') throw refused('unsupported message type')
  return { type: 'text', text: body, ...(mentions.length === 0 ? {} : { mentions }) }
}

async function media(
  bridge: Bridge,
  msgtype: 'm.image' | 'm.video' | 'm.audio' | 'm.file' | 'm.sticker',
  content: JsonObject,
): Promise<WaContent> {
  const url = textOf(content['url'])
  if (url === undefined || !url.startsWith('mxc://')) throw failed('failed to download media')
  const info = objectOf(content['info'])
  const voice = msgtype === 'm.audio' && content['org.matrix.msc3245.voice'] !== undefined
  const claimed = textOf(info['mimetype'])
  if (claimed !== undefined) checkType(voice ? 'org.matrix.msc3245.voice' : msgtype, claimed)
  const file = await download(bridge, url)
  const mimeType = claimed ?? file.mimeType
  checkType(voice ? 'org.matrix.msc3245.voice' : msgtype, mimeType)
  if (voice && !isOpusInOgg(file.bytes)) throw refused('unsupported media type')
  const kept = bridge.whatsapp.media.put(file.bytes, mimeType)
  const body = textOf(content['body'])
  const name = textOf(content['filename']) ?? body ?? 'file'
  const caption =
    content['filename'] !== undefined && content['filename'] !== body && body !== undefined && body !== ''
      ? { caption: words(bridge, content).text }
      : {}
  const duration = numberOf(info['duration'])
  const size = sizeOf(info)
  const length = duration === undefined ? {} : { duration_ms: duration }
  switch (msgtype) {
    case 'm.image':
      return { type: 'image', media: kept, ...caption, ...size }
    case 'm.video':
      return { type: 'video', media: kept, ...caption, ...size, ...length, ...(info['fi.mau.gif'] === true ? { gif: true } : {}) }
    case 'm.audio':
      return { type: voice ? 'voice' : 'audio', media: kept, ...length }
    case 'm.sticker':
      return { type: 'sticker', media: kept, ...(body === undefined || body === '' ? {} : { emoji: body }) }
    case 'm.file':
      return { type: 'document', media: kept, file_name: name, ...caption }
  }
}

/** Ogg's first page holds the head of an Opus stream (RFC 7845). */
function isOpusInOgg(bytes: Buffer): boolean {
  const at = 27 + (bytes[26] ?? 0)
  return bytes.subarray(0, 4).toString('latin1') === 'OggS' && bytes.subarray(at, at + 8).toString('latin1') === 'OpusHead'
}

function sizeOf(info: JsonObject): { width?: number; height?: number } {
  const width = numberOf(info['w'])
  const height = numberOf(info['h'])
  return { ...(width === undefined ? {} : { width }), ...(height === undefined ? {} : { height }) }
}

function checkType(kind: keyof typeof fileFeatures, mimeType: string): void {
  const types: Record<string, number> = fileFeatures[kind]
  if (types['*/*'] !== undefined) return
  const plain = (mimeType.split(';')[0] ?? '').trim()
  // A voice note must be Opus in Ogg; the bare type is taken too, as the bridge looks at the bytes.
  const level = kind === 'org.matrix.msc3245.voice' && plain === 'audio/ogg' ? 2 : (types[mimeType] ?? types[plain] ?? -2)
  if (level < 0) throw refused(`unsupported media type`)
}

/** The bytes behind an address; whatever goes wrong, the bridge says the same. */
async function download(bridge: Bridge, url: string): Promise<{ bytes: Buffer; mimeType: string }> {
  try {
    return await bridge.homeserver.download(url)
  } catch (error) {
    bridge.log(`media not downloaded: ${String(error)}`)
    throw failed('failed to download media')
  }
}

function location(content: JsonObject): WaContent {
  const match = /^geo:(-?\d+(?:\.\d+)?),(-?\d+(?:\.\d+)?)/.exec(textOf(content['geo_uri']) ?? '')
  if (match === null) throw failed('failed to parse geo URI')
  const comment = textOf(content['body'])
  return {
    type: 'location',
    latitude: Number(match[1]),
    longitude: Number(match[2]),
    ...(comment === undefined || comment === '' ? {} : { name: comment }),
  }
}

function poll(start: JsonObject): WaContent {
  const options = listOf(start['answers']).map((answer) => textOf(objectOf(answer)['org.matrix.msc1767.text']) ?? '')
  const question = textOf(objectOf(start['question'])['org.matrix.msc1767.text']) ?? ''
  if (options.length === 0 || options.length > 12) throw refused('a poll has 1 to 12 options')
  if (new Set(options).size !== options.length || options.some((option) => option === '' || option.length > 100))
    throw refused('poll options must differ and be short')
  const selectable = numberOf(start['max_selections']) ?? 1
  return { type: 'poll', question, options, selectable: selectable >= options.length ? 0 : selectable }
}
