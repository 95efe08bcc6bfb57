import { type RawBuilder, sql } from 'kysely'
import type { Draft, DraftMode } from '../../../contract/draft.ts'
import type { ConversationId } from '../../../contract/ids.ts'
import { isOneOf } from '../prepare.ts'
import { decodeCursor, defaultLimit, encodeCursor, type Page, pageOf, type PageRequest, present } from './page.ts'
import type { Reads, Viewer } from './viewer.ts'

/** Those of the viewer, in chats that they may see. An API key has none. */
function rowsOf(db: Reads, viewer: Viewer) {
  return db
    .selectFrom('drafts as d')
    .innerJoin('conversations as c', 'c.id', 'd.conversation_id')
    .selectAll('d')
    .where(sql<boolean>`d.user_id = ${viewer.id}`)
    .where(isOneOf('c.channel_id', viewer.channels))
    .where('c.excluded_at', 'is', null)
}
type Row = Awaited<ReturnType<ReturnType<typeof rowsOf>['execute']>>[number]

function toDraft(row: Row): Draft {
  return {
    conversation_id: row.conversation_id,
    mode: row.mode,
    text: row.text,
    ...present('reply_to_id', row.reply_to_id),
    ...present('mentions', row.mentions),
    updated_at: row.updated_at.toISOString(),
  }
}

/** What the feed says of drafts, by the names that it has for them; one that is there no more is told as empty. */
export async function presentDrafts(
  db: Reads,
  viewer: Viewer,
  lines: readonly { readonly objectId: string; readonly createdAt: Date }[],
): Promise<ReadonlyMap<string, Draft>> {
  if (lines.length === 0) return new Map()
  const gone = lines.map(({ objectId, createdAt }): readonly [string, Draft] => {
    const [, conversation, mode] = objectId.split(' ')
    return [
      objectId,
      { conversation_id: conversation as ConversationId, mode: mode as DraftMode, text: '', updated_at: createdAt.toISOString() },
    ]
  })
  const asked: RawBuilder<string> = sql`d.user_id || ' ' || d.conversation_id || ' ' || d.mode`
  const conversations = gone.map(([, draft]) => draft.conversation_id)
  const rows = await rowsOf(db, viewer).select(asked.as('key')).where(isOneOf('d.conversation_id', conversations)).execute()
  return new Map([...gone, ...rows.map((row) => [row.key, toDraft(row)] as const)])
}

/** What a person has begun to write, conversation by conversation. */
export async function listDrafts(db: Reads, viewer: Viewer, { cursor, limit = defaultLimit }: PageRequest): Promise<Page<Draft>> {
  let query = rowsOf(db, viewer)
    .orderBy('d.conversation_id', 'desc')
    .orderBy('d.mode', 'desc')
    .limit(limit + 1)
  if (cursor !== undefined) {
    const [conversation, mode] = decodeCursor(cursor, ['id', 'id'])
    query = query.where(sql<boolean>`(d.conversation_id, d.mode) < (${conversation}, ${mode})`)
  }
  return pageOf(
    await query.execute(),
    limit,
    (last) => encodeCursor([last.conversation_id, last.mode]),
    (shown) => shown.map(toDraft),
  )
}
