import { sql } from 'kysely'
import type { ChannelId } from '../../../contract/ids.ts'
import { findByExternal, replaceContent } from '../../db/messages.ts'
import { hasNotUnderstood, keepNotUnderstood } from '../../db/not-understood.ts'
import type { InboundMessage } from '../../providers/provider.ts'
import { filesOf, keepFiles, storedContent } from './content.ts'
import type { Applying } from './context.ts'

/** What a message can be of which not everything was understood. */
const halfUnderstood: readonly string[] = ['unsupported', 'system']

/**
 * A message that is here has been read again after an update: what it is now understood as takes the place of what it was, under the same id,
 * at the same place and with the same ticks. What became something else by an edit or a deletion stays.
 */
export async function reread(applying: Applying, channel: ChannelId, event: InboundMessage): Promise<void> {
  const { tx, provider, now, changes } = applying
  const message = await findByExternal(tx, channel, event.id)
  if (message === undefined || message.deleted_at !== null || !halfUnderstood.includes(message.type)) return
  // A later word on it waits as well, and is what counts.
  if (await hasNotUnderstood(tx, message.id)) return
  if (event.raw !== undefined)
    await keepNotUnderstood(tx, provider, [{ external_id: event.id, message_id: message.id, raw: event.raw }], now)
  if (!(await replaceContent(tx, message.id, storedContent(applying, channel, event.content)))) return
  await sql`update messages set forwarded = ${event.forwarded}, reply_to_external_id = ${event.replyTo ?? null},
    reply_preview = ${event.replyPreview ?? null} where id = ${message.id}`.execute(tx)
  await tx.deleteFrom('media').where('message_id', '=', message.id).execute()
  await keepFiles(applying, [{ id: message.id, channel_id: channel, files: filesOf(event.content) }])
  changes.push({ type: 'message.updated', objectId: message.id, channelId: channel })
  changes.push({ type: 'conversation.updated', objectId: message.conversation_id, channelId: channel })
}
