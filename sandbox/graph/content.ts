import type { WaContent } from '../phone/types.ts'
import type { GraphNumber } from './state.ts'
import { type Graph, newId, wamidOf } from './world.ts'

type Json = { [key: string]: unknown }

/** What every word on a number begins with. */
export function head({ id, phone }: GraphNumber): Json {
  return { messaging_product: 'whatsapp', metadata: { display_phone_number: phone, phone_number_id: id } }
}

/** What a message says, in the shape of protocol/meta.md 5.2; what a business's number is not shown is `unsupported`. */
export function contentOf(graph: Graph, number: GraphNumber, content: WaContent): Json {
  // oxlint-disable-next-line typescript/switch-exhaustiveness-check -- all the others are not supported
  switch (content.type) {
    case 'text':
      return { type: 'text', text: { body: content.text } }
    case 'image':
    case 'video':
      return {
        type: content.type,
        [content.type]: { ...fileOf(graph, number, content), ...(content.caption === undefined ? {} : { caption: content.caption }) },
      }
    case 'audio':
    case 'voice':
      return { type: 'audio', audio: { ...fileOf(graph, number, content), voice: content.type === 'voice' } }
    case 'document': {
      const { caption, file_name: filename } = content
      return { type: 'document', document: { ...fileOf(graph, number, content), filename, ...(caption === undefined ? {} : { caption }) } }
    }
    case 'sticker':
      return { type: 'sticker', sticker: { ...fileOf(graph, number, content), animated: false } }
    case 'location': {
      const { type, ...location } = content
      return { type, location }
    }
    case 'contacts':
      return {
        type: 'contacts',
        contacts: content.contacts.map(({ name, phone }) => ({
          name: { formatted_name: name, first_name: name },
          phones: [{ phone: `+${phone}`, wa_id: phone, type: 'CELL' }],
        })),
      }
    case 'reaction': {
      const id = wamidOfTarget(graph, number, content.target)
      return { type: 'reaction', reaction: { message_id: id, ...(content.emoji === '' ? {} : { emoji: content.emoji }) } }
    }
    case 'business_reply': {
      const { form, id, text: title } = content
      if (form === 'template') return { type: 'button', button: { payload: id, text: title } }
      const key = form === 'list' ? 'list_reply' : 'button_reply'
      return { type: 'interactive', interactive: { type: key, [key]: { id, title } } }
    }
    default:
      return (number.app === undefined ? undefined : changeOf(graph, number, content)) ?? unsupported(content)
  }
}

/** An edit or revocation, as it is told of a number that is in the Business app too (5.2). */
function changeOf(graph: Graph, number: GraphNumber, content: WaContent): Json | undefined {
  if (content.type !== 'edit' && content.type !== 'revoke') return undefined
  const about = { original_message_id: wamidOfTarget(graph, number, content.target) }
  if (content.type === 'revoke') return { type: 'revoke', revoke: about }
  return { type: 'edit', edit: { ...about, message: { type: 'text', text: { body: content.text } } } }
}

function wamidOfTarget(graph: Graph, number: GraphNumber, id: string): string {
  const target = graph.network.state.messages.get(id)
  return target === undefined ? 'wamid.unknown' : wamidOf(graph, target, target.from === number.phone ? 'business' : 'user')
}

/** What a business's number is not shown: only that there was something. */
function unsupported({ type }: WaContent): Json {
  const words = 'Message type unknown'
  return {
    type: 'unsupported',
    errors: [{ code: 131051, title: words, message: words, error_data: { details: 'Message type is currently not supported.' } }],
    unsupported: { type: unsupportedAs[type] ?? 'unknown' },
  }
}

const unsupportedAs: Readonly<Record<string, string>> = {
  edit: 'edit',
  revoke: 'revoke',
  poll: 'poll_creation',
  poll_vote: 'poll_update',
  group_invite: 'group_invite',
  view_once: 'media_placeholder',
  undecryptable: 'media_placeholder',
  live_location: 'location',
}

type FileContent = Extract<WaContent, { media: unknown }>

/** A media id of its own for each message: it can be fetched for seven days. */
function fileOf(graph: Graph, number: GraphNumber, { media }: FileContent): Json {
  const id = newId()
  graph.store.commit({
    t: 'media',
    media: { id, number: number.id, sha256: media.sha256, mime_type: media.mime_type, at: graph.now(), inbound: true },
  })
  return { id, mime_type: media.mime_type, sha256: Buffer.from(media.sha256, 'hex').toString('base64') }
}
