import { sql } from 'kysely'
import type { ConversationId, MessageId } from '../../../contract/ids.ts'
import type { Message } from '../../../contract/message.ts'
import { AppError } from '../../lib/errors.ts'
import { presentMessages } from './messages.ts'
import { defaultLimit, type Page, pageOf } from './page.ts'
import type { Reads, Viewer } from './viewer.ts'

/** Which part of a conversation: at most one of the three; without any, its end. */
export interface MessageWindow {
  readonly before?: MessageId
  readonly after?: MessageId
  readonly around?: MessageId
  readonly limit?: number
}

/**
 * Messages of a conversation that the viewer was found to see: newest first, but oldest first with `after`. `next_cursor` is
 * the id to ask on with (`before`, or `after`). Throws invalid_request for a message that does not stand in it.
 */
export async function listMessages(
  db: Reads,
  viewer: Viewer,
  conversation: ConversationId,
  { before, after, around, limit = defaultLimit }: MessageWindow,
): Promise<Page<Message>> {
  const [anchor, second] = Object.entries({ before, after, around }).filter(([, id]) => id !== undefined)
  if (second !== undefined) throw wrong(second[0], 'unexpected', 'Only one of before, after and around can be given.')
  if (anchor?.[1] !== undefined) await refuseForeign(db, conversation, anchor[0], anchor[1])
  if (around !== undefined) return listAround(db, viewer, conversation, around, limit)
  const direction = after === undefined ? 'older' : 'newer'
  const ids = await idsFrom(db, conversation, direction, before ?? after, limit + 1)
  return presented(db, viewer, ids, limit)
}

async function listAround(
  db: Reads,
  viewer: Viewer,
  conversation: ConversationId,
  around: MessageId,
  limit: number,
): Promise<Page<Message>> {
  const newer = await idsFrom(db, conversation, 'newer', around, Math.ceil((limit - 1) / 2))
  const older = await idsFrom(db, conversation, 'older', around, limit - newer.length)
  return presented(db, viewer, [...newer.toReversed(), around, ...older], limit)
}

async function presented(db: Reads, viewer: Viewer, ids: readonly MessageId[], limit: number): Promise<Page<Message>> {
  const found = await presentMessages(db, viewer, ids.slice(0, limit))
  return pageOf(
    ids,
    limit,
    (last) => last,
    (shown) => shown.flatMap((id) => found.get(id) ?? []),
  )
}

async function idsFrom(
  db: Reads,
  conversation: ConversationId,
  direction: 'older' | 'newer',
  from: MessageId | undefined,
  limit: number,
): Promise<MessageId[]> {
  const order = direction === 'older' ? 'desc' : 'asc'
  let query = db
    .selectFrom('messages')
    .select('id')
    .where('conversation_id', '=', conversation)
    .orderBy('sent_at', order)
    .orderBy('id', order)
    .limit(limit)
  if (from !== undefined) {
    const side = sql.raw(direction === 'older' ? '<' : '>')
    query = query.where(sql<boolean>`(sent_at, id) ${side} (select sent_at, id from messages where id = ${from})`)
  }
  return (await query.execute()).map((row) => row.id)
}

async function refuseForeign(db: Reads, conversation: ConversationId, name: string, id: MessageId): Promise<void> {
  const row = await db
    .selectFrom('messages')
    .select('id')
    .where('id', '=', id)
    .where('conversation_id', '=', conversation)
    .executeTakeFirst()
  if (row === undefined) throw wrong(name, 'not_found', 'There is no such message in this conversation.')
}

function wrong(name: string, code: string, detail: string): AppError {
  return new AppError('invalid_request', detail, { fields: [{ pointer: `/query/${name}`, code, detail }] })
}
