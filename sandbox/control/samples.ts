import { sampleJpeg } from './sample-jpeg.ts'
import { sampleVideo } from './sample-video.ts'
import { sampleVoice } from './sample-voice.ts'

/** A real file of the type, for messages sent without bytes of their own. */
export type Sample = { bytes: Buffer; mime_type: string }

/** The built-in file of a media type; the same bytes at every call. */
export function sampleOf(type: 'image' | 'video' | 'audio' | 'voice' | 'document' | 'sticker'): Sample {
  switch (type) {
    case 'image':
      return { bytes: sampleJpeg(320, 240), mime_type: 'image/jpeg' }
    case 'video':
      return { bytes: sampleVideo(), mime_type: 'video/mp4' }
    case 'audio':
      return { bytes: silentMp3(2_000), mime_type: 'audio/mpeg' }
    case 'voice':
      return { bytes: sampleVoice(3_000), mime_type: 'audio/ogg; codecs=opus' }
    case 'document':
      return { bytes: samplePdf(), mime_type: 'application/pdf' }
    case 'sticker':
      return { bytes: Buffer.from('UklGRhoAAABXRUJQVlA4TA0AAAAvAAAAEAcQERGIiP4HAA==', 'base64'), mime_type: 'image/webp' }
  }
}

/** MPEG-1 layer III, 128 kbit/s at 44.1 kHz: frames whose side information is all zero are silence. */
function silentMp3(ms: number): Buffer {
  const frame = Buffer.alloc(417)
  frame.set([0xff, 0xfb, 0x90, 0xc0])
  return Buffer.concat(Array.from({ length: Math.ceil(ms / 26.12) }, () => frame))
}

/** One page that says what it is, with a correct table of offsets. */
function samplePdf(): Buffer {
  const text = 'BT /F1 24 Tf 72 720 Td (A document from the sandbox) Tj ET'
  const objects = [
    '<</Type/Catalog/Pages 2 0 R>>',
    '<</Type/Pages/Kids[3 0 R]/Count 1>>',
    '<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>',
    `<</Length ${text.length}>>stream\n${text}\nendstream`,
    '<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>',
  ]
  let file = '%PDF-1.4\n'
  const offsets = objects.map((object, index) => {
    const offset = file.length
    file += `${index + 1} 0 obj${object}endobj\n`
    return `${String(offset).padStart(10, '0')} 00000 n \n`
  })
  const table = `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${offsets.join('')}`
  return Buffer.from(`${file}${table}trailer<</Size ${objects.length + 1}/Root 1 0 R>>\nstartxref\n${file.length}\n%%EOF\n`)
}
