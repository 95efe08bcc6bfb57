import type { ChannelId, MediaId, MessageId } from '../../../contract/ids.ts'
import { type ArrivedFile, type ArrivedMessage, insertFiles } from '../../db/messages.ts'
import type { Json } from '../../lib/json.ts'
import type { InboundContent, InboundFile, InboundMention } from '../../providers/provider.ts'
import type { Applying } from './context.ts'

/** The parts of content that stand in the message's own row: all but its files, with the people whom it names as we know them. */
export function storedContent(
  applying: Applying,
  channel: ChannelId,
  content: InboundContent,
): { type: string; content: Json; text: string } {
  const { type, ...rest } = content
  const kept = Object.fromEntries(Object.entries(rest).filter(([key]) => key !== 'files' && key !== 'mentions'))
  const mentions = mentionsOf(content).flatMap(({ person, offset, length }) => {
    const named = person.isUs ? channel : applying.people.get(person.id)
    return named === undefined ? [] : [{ contact_id: named, offset, length }]
  })
  return { type, content: { ...(kept as Record<string, Json>), ...(mentions.length === 0 ? {} : { mentions }) }, text: searchText(content) }
}

/** Whom the text names. */
export function mentionsOf(content: InboundContent): readonly InboundMention[] {
  return ('mentions' in content ? content.mentions : undefined) ?? []
}

/** The text by which a message is found. */
function searchText(content: InboundContent): string {
  if ('files' in content) return [content.text, content.files[0]?.fileName].filter(Boolean).join(' ')
  switch (content.type) {
    case 'location':
      return [content.text, content.location.name, content.location.address].filter(Boolean).join(' ')
    case 'contacts':
      return content.contacts.flatMap((card) => [card.name, ...card.phones]).join(' ')
    case 'poll':
      return [content.poll.question, ...content.poll.options].join(' ')
    case 'unsupported':
      return content.unsupported.fallback ?? ''
    case 'deleted':
      return ''
    case 'text':
    case 'template':
    case 'interactive':
    case 'interactive_reply':
    case 'system':
      return content.text
  }
}

export function filesOf(content: InboundContent): readonly InboundFile[] {
  return 'files' in content ? content.files : []
}

/** Notes the files of messages and asks for each to be fetched. */
export async function keepFiles(
  applying: Applying,
  messages: readonly { id: MessageId; channel_id: ArrivedMessage['channel_id']; files: readonly InboundFile[] }[],
): Promise<void> {
  const rows = messages.flatMap(({ id, channel_id, files }) =>
    files.map((file, position): ArrivedFile => ({
      id: applying.newId<MediaId>('media'),
      message_id: id,
      channel_id,
      position,
      type: file.type,
      mime_type: file.mimeType,
      file_name: file.fileName ?? null,
      size_bytes: file.sizeBytes ?? null,
      width: file.width ?? null,
      height: file.height ?? null,
      duration_ms: file.durationMs ?? null,
      voice: file.voice ?? false,
      gif: file.gif ?? false,
      waveform: file.waveform ?? null,
      ref: file.ref,
    })),
  )
  await insertFiles(applying.tx, rows, applying.now)
  applying.jobs.push(...rows.map((row) => ({ kind: 'media', key: row.id, payload: { media_id: row.id } })))
}
