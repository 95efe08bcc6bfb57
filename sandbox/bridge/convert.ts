import { createHash } from 'node:crypto'
import type { Bridge } from './bridge.ts'
import type { JsonObject } from './json.ts'
import { convertRare } from './convert-rare.ts'
import { escapeHtml, htmlOfMarkup } from './markup.ts'
import type { Login } from './store.ts'
import type { Media, WaContent, WaMessage } from '../phone/types.ts'

/** A Matrix event to be: its type and content. */
export type Converted = { type: 'm.room.message' | 'm.sticker'; content: JsonObject }

/** Uploads media as the given user; gives its mxc address. */
export type Upload = (media: Media, fileName: string) => Promise<string>

/** The message that is converted, and for whom. */
export type Source = { bridge: Bridge; login: Login; message: WaMessage }

/** The Matrix event for a WhatsApp message, by the rows of protocol/bridge.md 5.1. Relations are added by the caller. */
export async function convert(of: Source, content: Shown, upload: Upload): Promise<Converted> {
  const converted = await convertContent(of, content, upload)
  const body = { 'm.mentions': {}, 'com.beeper.disappearing_timer': {}, ...converted.content }
  return { type: converted.type, content: of.message.forwarded === true ? forwarded(body) : body }
}

/** Content that becomes an event of its own. */
export type Shown = Exclude<WaContent, { type: 'reaction' | 'edit' | 'revoke' | 'poll_vote' | 'late' | 'disappeared' }>

async function convertContent(of: Source, content: Shown, upload: Upload): Promise<Converted> {
  switch (content.type) {
    case 'text':
      return message({ msgtype: 'm.text', ...textContent(of, content.text, content.mentions ?? []), ...marksOf(content) })
    case 'image':
      return message({
        ...captioned('m.image', content.caption),
        ...(await file('image.jpg', content.media, upload, { w: content.width, h: content.height })),
      })
    case 'video': {
      const marks = content.gif === true ? gifMarks : {}
      const info = { w: content.width, h: content.height, duration: content.duration_ms, ...marks }
      return message({ ...captioned('m.video', content.caption), ...(await file('video.mp4', content.media, upload, info)) })
    }
    case 'audio':
      return message({
        ...audio(content.duration_ms, []),
        ...(await file(`audio.${extension(content.media)}`, content.media, upload, { duration: content.duration_ms })),
      })
    case 'voice': {
      const voice = { ...audio(content.duration_ms, content.waveform ?? []), 'org.matrix.msc3245.voice': {} }
      return message({ ...voice, ...(await file('Voice message.ogg', content.media, upload, { duration: content.duration_ms })) })
    }
    case 'document':
      return message({ ...captioned('m.file', content.caption), ...(await file(content.file_name, content.media, upload, {})) })
    case 'sticker':
      return sticker(content, upload)
    case 'location':
      return message(location(content))
    case 'contacts':
      return contacts(content, upload, of.bridge)
    case 'poll':
      return message(poll(content))
    case 'call':
      return message({
        msgtype: 'm.text',
        body: `Incoming ${content.video ? 'video ' : ''}call. Use the WhatsApp app to answer.`,
        'com.beeper.action_message': { type: 'call', call_type: content.video ? 'video' : 'voice' },
      })
    case 'unknown':
      return message({
        msgtype: 'm.notice',
        body: 'Unknown message type, please view it on the WhatsApp app',
        'fi.mau.whatsapp.unsupported_message_data': 'CgA=',
      })
    case 'live_location':
    case 'album':
    case 'group_invite':
    case 'business':
    case 'business_reply':
    case 'masked':
    case 'view_once':
    case 'notice':
    case 'event_invite':
    case 'ai':
    case 'undecryptable':
    case 'missing_media':
    case 'timer':
      return message(convertRare(of.message, content))
  }
}

const gifMarks = { 'fi.mau.gif': true, 'fi.mau.loop': true, 'fi.mau.autoplay': true, 'fi.mau.hide_controls': true, 'fi.mau.no_audio': true }

function message(content: JsonObject): Converted {
  return { type: 'm.room.message', content }
}

/** Body, HTML and mentions of a text with WhatsApp's marks; `@digits` of a mentioned phone becomes its name, the owner's its user. */
export function textContent({ bridge, login }: Pick<Source, 'bridge' | 'login'>, text: string, mentions: string[]): JsonObject {
  const mxidOf = (phone: string) => (phone === login.id ? login.mxid : bridge.ids.ghostMxid(phone))
  const people = mentions.map((phone) => ({ phone, mxid: mxidOf(phone), name: bridge.ghosts.displayName(phone, login.id) }))
  const body = people.reduce((whole, person) => whole.replaceAll(`@${person.phone}`, person.name), text)
  const marked = htmlOfMarkup(text)
  const html = people.reduce(
    (whole, person) => whole.replaceAll(`@${person.phone}`, `<a href="https://matrix.to/#/${person.mxid}">${escapeHtml(person.name)}</a>`),
    marked ?? escapeHtml(text).replaceAll('\n', '<br>'),
  )
  return {
    body,
    ...(marked === undefined && people.length === 0 ? {} : { format: 'org.matrix.custom.html', formatted_body: html }),
    'm.mentions': people.length === 0 ? {} : { user_ids: people.map((person) => person.mxid) },
  }
}

/** What stands beside a text. */
function marksOf({ everyone, preview }: Extract<Shown, { type: 'text' }>): JsonObject {
  return {
    ...(everyone === true ? { 'm.mentions': { room: true } } : {}),
    ...(preview === undefined ? {} : { 'com.beeper.linkpreviews': [{ matched_url: preview.url, 'og:title': preview.title }] }),
  }
}

function captioned(msgtype: string, caption: string | undefined): JsonObject {
  const html = caption === undefined ? undefined : htmlOfMarkup(caption)
  return { msgtype, body: caption ?? '', ...(html === undefined ? {} : { format: 'org.matrix.custom.html', formatted_body: html }) }
}

async function file(name: string, media: Media, upload: Upload, info: JsonObject): Promise<JsonObject> {
  const known = Object.fromEntries(Object.entries(info).filter(([, value]) => value !== undefined))
  return { filename: name, url: await upload(media, name), info: { mimetype: media.mime_type, size: media.size, ...known } }
}

function extension(media: Media): string {
  const subtype = (media.mime_type.split(';')[0] ?? '').split('/')[1] ?? 'bin'
  return subtype === 'mpeg' ? 'mp3' : subtype === 'mp4' ? 'm4a' : subtype
}

function audio(duration: number | undefined, waveform: number[]): JsonObject {
  return { msgtype: 'm.audio', body: '', 'org.matrix.msc1767.audio': { duration: duration ?? 0, waveform } }
}

async function sticker(content: Extract<Shown, { type: 'sticker' }>, upload: Upload): Promise<Converted> {
  const bridged = { network: 'whatsapp', id: '', pack_url: '', ...(content.emoji === undefined ? {} : { emoji: content.emoji }) }
  const parts = await file('sticker.webp', content.media, upload, { w: 190, h: 190, 'fi.mau.bridged_sticker': bridged })
  return { type: 'm.sticker', content: { body: content.emoji ?? '', url: parts['url'], info: parts['info'] } }
}

function location(content: Extract<Shown, { type: 'location' }>): JsonObject {
  const geo = `${content.latitude.toFixed(5)},${content.longitude.toFixed(5)}`
  const url = content.url ?? `https://maps.google.com/?q=${geo}`
  const name = content.name ?? geo
  const lines = [`Location: ${name}`, ...(content.address === undefined ? [] : [content.address]), url]
  return {
    msgtype: 'm.location',
    body: lines.join('\n'),
    format: 'org.matrix.custom.html',
    formatted_body: `Location: <a href="${escapeHtml(url)}">${escapeHtml(name)}</a>${content.address === undefined ? '' : `<br>${escapeHtml(content.address)}`}`,
    geo_uri: `geo:${geo}`,
  }
}

async function contacts(content: Extract<Shown, { type: 'contacts' }>, upload: Upload, bridge: Bridge): Promise<Converted> {
  const [only] = content.contacts
  if (only === undefined || content.contacts.length > 1) {
    return message({ msgtype: 'm.notice', body: 'Contact array messages are not supported, please view it on the WhatsApp app' })
  }
  const card = `BEGIN:VCARD\nVERSION:3.0\nFN:${only.name}\nTEL;type=CELL;waid=${only.phone}:+${only.phone}\nEND:VCARD`
  const media = bridge.whatsapp.media.put(Buffer.from(card), 'text/vcard')
  return message({ msgtype: 'm.file', body: '', ...(await file(`${only.name}.vcf`, media, upload, {})) })
}

/** Id of a poll answer: the hash of its text. */
export function pollOptionId(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

function poll(content: Extract<Shown, { type: 'poll' }>): JsonObject {
  const answers = content.options.map((text) => ({ id: pollOptionId(text), 'org.matrix.msc1767.text': text }))
  const plain = `${content.question}\n\n${content.options.map((text, index) => `${index + 1}. ${text}`).join('\n')}\n\n(This message is a poll. Please open WhatsApp to vote.)`
  return {
    msgtype: 'm.text',
    body: plain,
    'org.matrix.msc1767.message': [{ mimetype: 'text/plain', body: plain }],
    'org.matrix.msc3381.poll.start': {
      kind: 'org.matrix.msc3381.poll.disclosed',
      max_selections: content.selectable,
      question: { 'org.matrix.msc1767.text': content.question },
      answers,
    },
    'fi.mau.whatsapp.poll': { option_names: content.options, selectable_options_count: content.selectable },
  }
}

function forwarded(content: JsonObject): JsonObject {
  const html = typeof content['formatted_body'] === 'string' ? content['formatted_body'] : escapeHtml(String(content['body']))
  return {
    ...content,
    body: `↷ Forwarded\n\n${String(content['body'])}`,
    format: 'org.matrix.custom.html',
    formatted_body: `<p data-mx-forwarded-notice><em>↷ Forwarded</em></p>${html === '' ? '' : `<p>${html}</p>`}`,
  }
}
