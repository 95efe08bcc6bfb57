import { sql } from 'kysely'
import type { ChannelId, ConversationId, ExternalId, MessageId } from '../../../contract/ids.ts'
import { appendEvents } from '../../db/events.ts'
import { insertJobsOnce } from '../../db/jobs.ts'
import type { Db } from '../../db/schema.ts'
import { transact } from '../../db/transact.ts'
import type { Clock } from '../../lib/clock.ts'
import { AppError } from '../../lib/errors.ts'
import { type Actor, getConversationFor } from '../people/access.ts'
import { limitsOf } from './lines.ts'
import type { FindLine } from '../channels/connections.ts'
import type { RunJob } from '../jobs.ts'

/** Marks a conversation read up to a message (all of it when left out): here at once, and for the contact by a durable job. */
export async function markRead(deps: { db: Db; clock: Clock }, actor: Actor, named: ConversationId, upTo?: MessageId): Promise<void> {
  const { id, channel_id } = await getConversationFor(deps.db, actor, named)
  await transact(deps.db, async (tx) => {
    await tx.selectFrom('conversations').select('id').where('id', '=', id).forUpdate().execute()
    const { rows } = await sql<{ external_id: ExternalId; sent_at: Date; id: MessageId }>`select id, external_id, sent_at from messages
      where conversation_id = ${id} and direction = 'inbound' and external_id is not null
        and (${upTo ?? null}::text is null or (sent_at, id) <= (select sent_at, id from messages where id = ${upTo ?? null} and conversation_id = ${id}))
      order by sent_at desc, id desc limit 1`.execute(tx)
    const [last] = rows
    if (last === undefined) {
      if (upTo === undefined) return
      throw new AppError('invalid_request', 'There is nothing to mark as read.', {
        fields: [
          { pointer: '/up_to_message_id', code: 'not_found', detail: 'no message of this conversation, or nothing received before it' },
        ],
      })
    }
    const now = new Date(deps.clock())
    await sql`update conversations set updated_at = ${now}, unread_count = (select count(*) from messages
        where conversation_id = ${id} and direction = 'inbound' and origin <> 'history' and (sent_at, id) > (${last.sent_at}, ${last.id})
          and sent_at > coalesce((select max(sent_at) from messages where conversation_id = ${id} and direction = 'outbound'), 'epoch'))
      where id = ${id}`.execute(tx)
    await insertJobsOnce(
      tx,
      [{ kind: 'mark_read', key: `${id} ${last.id}`, payload: { conversation_id: id, channel_id, external_id: last.external_id } }],
      now,
    )
    await appendEvents(tx, [{ type: 'conversation.updated', objectId: id, channelId: channel_id }], now)
  })
}

/** The job that tells the contact that we have read. */
export function createSendReadMark(deps: { db: Db; findLine: FindLine }): RunJob {
  return async (job) => {
    const { conversation_id, channel_id, external_id } = job.payload as {
      conversation_id: ConversationId
      channel_id: ChannelId
      external_id: ExternalId
    }
    const line = await deps.findLine(channel_id)
    const conversation = await deps.db
      .selectFrom('conversations')
      .select('external_id')
      .where('id', '=', conversation_id)
      .executeTakeFirst()
    if (conversation === undefined || line?.connection.markRead === undefined) return
    if (!(await limitsOf(deps.db, line, conversation.external_id)).read_receipts) return
    await line.connection.markRead({ conversation: conversation.external_id, message: external_id })
  }
}
