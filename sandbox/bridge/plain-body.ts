import { objectOf, textOf, type JsonObject } from './json.ts'

/** The plain body as the bridge looks at it for commands: in a reply, without the lines that old clients quote before it. */
export function plainBodyOf(content: JsonObject): string {
  const body = textOf(content['body']) ?? ''
  const isReply = textOf(objectOf(objectOf(content['m.relates_to'])['m.in_reply_to'])['event_id']) !== undefined
  if (!isReply || !/^> (?:\* )?</.test(body) || !body.includes('\n')) return body
  const lines = body.split('\n')
  const first = lines.findIndex((line) => !line.startsWith('> '))
  return first < 0 ? '' : lines.slice(first).join('\n').trim()
}
