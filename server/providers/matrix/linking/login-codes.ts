import type { MatrixConfig } from '../config.ts'
import { type Fields, fields, isFields, text } from '../../../lib/fields.ts'

/** Some servers escape what stands in angle brackets. */
const mayShow = /"qr\.png"|<code>|\\u003ccode/i
const code = /^<code>[^<]*<\/code>$/

/**
 * A raw batch without what a phone could be taken over by: QR images and pairing codes that the bot shows in its chat
 * (protocol/bridge.md 2.3, 2.4). Batches are kept for days, and nothing else needs these. The same text where there are none.
 */
export function withoutLoginCodes({ botUserId }: Pick<MatrixConfig, 'botUserId'>, body: string): string {
  if (!mayShow.test(body)) return body
  let found = false
  const hidden = JSON.stringify(JSON.parse(body), (_key, value: unknown) => {
    if (!isFields(value) || value['sender'] !== botUserId || !showsCode(fields(value['content']))) return value
    found = true
    return { ...value, content: { msgtype: 'm.notice', body: '' } }
  })
  return found ? hidden : body
}

function showsCode(content: Fields): boolean {
  if (isFields(content['m.new_content']) && showsCode(content['m.new_content'])) return true
  if (content['msgtype'] === 'm.image') return content['filename'] === 'qr.png'
  return content['msgtype'] === 'm.notice' && code.test(text(content['formatted_body']) ?? '')
}
