import type { ExternalId } from '../../../contract/ids.ts'
import { type DoableDeed, findReactionId } from '../../db/deeds.ts'
import { loadFacts } from '../../db/inbound.ts'
import type { SendableFile, SendableMessage } from '../../db/outbox.ts'
import type { DbOrTx } from '../../db/schema.ts'
import { SendError } from '../../lib/errors.ts'
import type { Connection, OutboundDeed, OutboundFile, OutboundMessage } from '../../providers/provider.ts'
import { limitsOf } from './lines.ts'
import type { Line } from '../channels/connections.ts'
import { tooOld } from './deeds.ts'
import type { OpenFile } from '../media/media.ts'
import { peopleIn } from './mentions.ts'

/** A message as its connection takes it. */
export async function outboundMessage(
  { db, openFile }: { db: DbOrTx; openFile: OpenFile },
  attempt: string,
  message: SendableMessage,
): Promise<OutboundMessage> {
  const { file, content } = message
  const mentions = await peopleIn(db, content.mentions ?? [])
  return {
    attempt,
    conversation: message.conversation_external_id,
    type: message.type,
    text: message.text ?? '',
    content,
    ...(mentions.length === 0 ? {} : { mentions }),
    ...(message.reply_to_external_id === null ? {} : { replyTo: { id: message.reply_to_external_id } }),
    ...(file === null ? {} : { file: outboundFile(file, () => openFile(file.id)) }),
  }
}

function outboundFile(file: Omit<SendableFile, 'id'>, open: OutboundFile['open']): OutboundFile {
  return {
    type: file.type,
    mimeType: file.mime_type,
    fileName: file.file_name ?? file.type,
    sizeBytes: Number(file.size_bytes),
    voice: file.voice,
    ...(file.gif ? { gif: true } : {}),
    ...(file.width === null ? {} : { width: file.width }),
    ...(file.height === null ? {} : { height: file.height }),
    ...(file.duration_ms === null ? {} : { durationMs: file.duration_ms }),
    open,
  }
}

/**
 * A deed as its connection takes it; null when there is nothing left to do, because the reaction to take back never came to be. `isFirst`:
 * it was not begun before. Throws SendError for what has become impossible while it waited.
 */
export async function outboundDeed(
  db: DbOrTx,
  line: Line,
  deed: DoableDeed,
  { now, isFirst }: { now: number; isFirst: boolean },
): Promise<OutboundDeed | null> {
  const { id: attempt, conversation_external_id: conversation, target, content, before } = deed
  if (target === null || deed.message_status === 'failed') throw refused('The message itself was never sent.')
  const old = isFirst ? tooOld(deed.kind, deed.sent_at, await limitsOf(db, line, conversation), now) : undefined
  if (old !== undefined) throw refused(old)
  const base = { attempt, conversation, target }
  switch (deed.kind) {
    case 'edit': {
      const mentions = await peopleIn(db, content.mentions ?? [])
      return { ...base, type: 'edit', text: content.text ?? '', ...(mentions.length === 0 ? {} : { mentions }) }
    }
    case 'delete':
      return { ...base, type: 'delete' }
    case 'reaction': {
      if (typeof content.emoji === 'string') return { ...base, type: 'react', emoji: content.emoji }
      const given = 'reaction' in before ? before.reaction : null
      const reaction = given === null ? null : await findReactionId(db, given.external_id)
      return reaction === null ? null : { ...base, type: 'unreact', reaction }
    }
  }
}

/** What a line wants to know of the conversation in which something is said or done. */
export async function knownOf(
  db: DbOrTx,
  { connection, channel }: Line,
  conversation: ExternalId,
): Promise<Pick<OutboundMessage, 'known'>> {
  const key = connection.sendKey?.(conversation)
  if (key === undefined) return {}
  return { known: (await loadFacts(db, channel.provider, [key])).get(key) ?? null }
}

/** How deeds are done on this line. Throws SendError where they cannot be. */
export function performerOf({ connection }: Line): NonNullable<Connection['perform']> {
  if (connection.perform === undefined) throw refused('This number can only send new messages.')
  return connection.perform
}

function refused(words: string): SendError {
  return new SendError('unsupported', words, { certain: true, retryAfterMs: null })
}
