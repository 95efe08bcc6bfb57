import { type RawBuilder, sql } from 'kysely'
import type { Conversation } from '../../../contract/conversation.ts'
import type { ContactId, ConversationId } from '../../../contract/ids.ts'
import type { LastMessage } from '../../../contract/message.ts'
import { AppError } from '../../lib/errors.ts'
import { isOneOf } from '../prepare.ts'
import { presentContacts } from './contacts.ts'
import { countMembers, pictureUrl } from './members.ts'
import { present, presentTime } from './page.ts'
import { previewOf } from './preview.ts'
import type { Reads, Viewer } from './viewer.ts'

function rowsOf(db: Reads, viewer: Viewer, ids: readonly ConversationId[]) {
  return db
    .selectFrom('conversations as c')
    .leftJoin('contacts as p', 'p.id', 'c.contact_id')
    .leftJoin('messages as m', 'm.id', 'c.last_message_id')
    .leftJoin('contacts as o', 'o.id', 'm.sender_contact_id')
    .leftJoin('contacts as s', (join) => join.on('s.id', '=', sql<ContactId>`coalesce(o.merged_into, o.id)`))
    .leftJoin('users as u', 'u.id', 'm.sender_user_id')
    .leftJoin('media as i', (join) => join.on(sql<boolean>`i.id = coalesce(c.picture_id, p.picture_id) and i.status = 'ready'`))
    .selectAll('c')
    .select(['p.name as contact_name', 'p.phone as contact_phone', 'p.is_named as is_contact_named'])
    .select(['m.id as m_id', 'm.type as m_type', 'm.direction as m_direction', 'm.status as m_status', 'm.sent_at as m_sent_at'])
    .select(['m.content as m_content', 'm.text as m_text'])
    .select(sql<string | null>`coalesce(s.name, u.name)`.as('m_sender_name'))
    .select('i.id as shown_picture_id')
    .where(isOneOf('c.id', ids))
    .where(isOneOf('c.channel_id', viewer.channels))
    .where('c.excluded_at', 'is', null)
    .execute()
}
type Row = Awaited<ReturnType<typeof rowsOf>>[number]

/** Conversations by id, as far as the viewer may see them, in a constant number of queries. */
export async function presentConversations(
  db: Reads,
  viewer: Viewer,
  ids: readonly ConversationId[],
): Promise<ReadonlyMap<ConversationId, Conversation>> {
  if (ids.length === 0) return new Map()
  const rows = await rowsOf(db, viewer, ids)
  const contactIds = rows.map((row) => row.contact_id).filter((id): id is ContactId => id !== null)
  const groups = rows.filter((row) => row.type === 'group').map((row) => row.id)
  const [contacts, counts, merged] = await Promise.all([
    presentContacts(db, viewer, contactIds),
    countMembers(db, groups),
    db.selectFrom('conversation_merges').selectAll().where(isOneOf('kept_id', ids)).orderBy('merged_id').execute(),
  ])
  const mergedInto = Map.groupBy(merged, (row) => row.kept_id)
  return new Map(
    rows.map((row): [ConversationId, Conversation] => {
      const contact = row.contact_id === null ? undefined : contacts.get(row.contact_id)
      return [
        row.id,
        {
          id: row.id,
          channel_id: row.channel_id,
          type: row.type,
          ...present('contact', contact),
          name:
            (row.is_contact_named === true && row.type === 'direct' ? row.contact_name : row.name) ||
            row.contact_name ||
            row.contact_phone ||
            '',
          ...present('avatar_url', row.shown_picture_id === null ? null : pictureUrl(row.shown_picture_id)),
          ...present('member_count', counts.get(row.id)),
          ...present('disappearing_seconds', row.disappearing_seconds),
          ...present('gone', row.gone),
          ...present(
            'merged_ids',
            mergedInto.get(row.id)?.map((one) => one.merged_id),
          ),
          status: row.status,
          ...presentTime('snoozed_until', row.snoozed_until),
          ...present('assignee_id', row.assignee_id),
          labels: row.labels,
          unread_count: row.unread_count,
          ...present('last_message', toLastMessage(row)),
          ...presentTime('window_closes_at', row.window_closes_at),
          metadata: row.metadata,
          external_id: row.external_id,
          created_at: row.created_at.toISOString(),
          updated_at: row.updated_at.toISOString(),
        },
      ]
    }),
  )
}

function toLastMessage(row: Row): LastMessage | undefined {
  if (row.m_id === null || row.m_type === null || row.m_direction === null || row.m_sent_at === null) return undefined
  return {
    id: row.m_id,
    type: row.m_type,
    direction: row.m_direction,
    ...present('status', row.m_status),
    sent_at: row.m_sent_at.toISOString(),
    preview: previewOf(row.m_type, row.m_content ?? {}, row.m_text ?? ''),
    ...present('sender_name', row.m_sender_name),
  }
}

/** The id to which this one leads: that of the conversation into which it was merged, or its own. */
export function followed(id: ConversationId): RawBuilder<ConversationId> {
  return sql<ConversationId>`coalesce((select kept_id from conversation_merges where merged_id = ${id}), ${id})`
}

/** As `followed`, for a conversation that is not read besides. */
export async function findKept(db: Reads, id: ConversationId): Promise<ConversationId> {
  const row = await db.selectFrom('conversation_merges').select('kept_id').where('merged_id', '=', id).executeTakeFirst()
  return row?.kept_id ?? id
}

/** The conversation that this id leads to. Throws not_found, also for what the viewer may not see. */
export async function getConversation(db: Reads, viewer: Viewer, id: ConversationId): Promise<Conversation> {
  const own = (await presentConversations(db, viewer, [id])).get(id)
  if (own !== undefined) return own
  // Looked for afterwards, so that one which is merged at this moment is found under one of both.
  const kept = await findKept(db, id)
  const found = kept === id ? undefined : (await presentConversations(db, viewer, [kept])).get(kept)
  if (found === undefined) throw new AppError('not_found', 'There is no such conversation.')
  return found
}
