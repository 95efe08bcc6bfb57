import { type RawBuilder, sql } from 'kysely'
import type { Conversation } from '../../../contract/conversation.ts'
import type { ChannelId, ConversationId, UserId } from '../../../contract/ids.ts'
import { planAnew } from '../prepare.ts'
import { presentConversations } from './conversations.ts'
import { decodeCursor, defaultLimit, encodeCursor, type Page, pageOf, type PageRequest } from './page.ts'
import { likeAnywhere } from './text.ts'
import type { Reads, Viewer } from './viewer.ts'

/** What narrows the list; `assignee` null means nobody's. */
export interface ConversationFilter {
  readonly status?: Conversation['status']
  readonly assignee?: UserId | null
  readonly channelId?: ChannelId
  readonly label?: string
  readonly unread?: boolean
  /** Something of ours in it was not sent. */
  readonly hasFailed?: boolean
  /** Whether the time in which one may write freely ends between these two. */
  readonly windowCloses?: { readonly from: Date; readonly to: Date; readonly is: boolean }
  readonly q?: string
}

interface Key {
  readonly id: ConversationId
  /** Microseconds since the epoch of the last message; null stands after all others. */
  readonly at: string | null
}

/** Conversations that the viewer may see, the latest first, those without any message last. */
export async function listConversations(
  db: Reads,
  viewer: Viewer,
  filter: ConversationFilter,
  { cursor, limit = defaultLimit }: PageRequest,
): Promise<Page<Conversation>> {
  const channels = filter.channelId === undefined ? viewer.channels : viewer.channels.filter((id) => id === filter.channelId)
  const wanted = sql<boolean>`${sql.join([sql`c.channel_id = any(${channels}::text[])`, sql`c.excluded_at is null`, ...conditions(filter)], sql` and `)}`
  const [kind, at, id] = cursor === undefined ? (['talked', null, null] as const) : readCursor(cursor)
  const talked = kind === 'talked' ? await talkedAfter(db, wanted, at === null ? null : { at, id }, limit + 1) : []
  const missing = limit + 1 - talked.length
  const silent = missing === 0 ? [] : await silentAfter(db, wanted, kind === 'silent' ? id : null, missing)
  const keys = [...talked, ...silent]
  const found = await presentConversations(
    db,
    viewer,
    keys.slice(0, limit).map((key) => key.id),
  )
  return pageOf(keys, limit, cursorOf, (shown) => shown.flatMap((key) => found.get(key.id) ?? []))
}

function cursorOf({ id, at }: Key): string {
  return at === null ? encodeCursor([id]) : encodeCursor([at, id])
}

function readCursor(cursor: string): readonly ['talked', string, string] | readonly ['silent', null, string] {
  if (Buffer.from(cursor, 'base64url').includes('.')) return ['talked', ...decodeCursor(cursor, ['micros', 'id'])] as const
  return ['silent', null, decodeCursor(cursor, ['id'])[0]]
}

function talkedAfter(
  db: Reads,
  wanted: RawBuilder<boolean>,
  after: { at: string; id: string | null } | null,
  limit: number,
): Promise<Key[]> {
  const query = db
    .selectFrom('conversations as c')
    .modifyFront(planAnew)
    .select(['c.id', sql<string>`(extract(epoch from c.last_message_at) * 1000000)::bigint`.as('at')])
    .where('c.last_message_at', 'is not', null)
    .where(wanted)
    .orderBy('c.last_message_at', (order) => order.desc().nullsLast())
    .orderBy('c.id', 'desc')
    .limit(limit)
  if (after === null) return query.execute()
  const from = sql`timestamptz 'epoch' + ${after.at}::bigint * interval '1 microsecond'`
  return query.where(sql<boolean>`(c.last_message_at, c.id) < (${from}, ${after.id})`).execute()
}

function silentAfter(db: Reads, wanted: RawBuilder<boolean>, after: string | null, limit: number): Promise<Key[]> {
  const query = db
    .selectFrom('conversations as c')
    .modifyFront(planAnew)
    .select(['c.id', sql<null>`null`.as('at')])
    .where('c.last_message_at', 'is', null)
    .where(wanted)
    .orderBy('c.last_message_at', (order) => order.desc().nullsLast())
    .orderBy('c.id', 'desc')
    .limit(limit)
  return (after === null ? query : query.where('c.id', '<', after as ConversationId)).execute()
}

const failed = sql`select conversation_id from messages where status = 'failed' and deleted_at is null`

function conditions({ status, assignee, label, unread, hasFailed, windowCloses, q }: ConversationFilter): RawBuilder<boolean>[] {
  return [
    ...(status === undefined ? [] : [sql<boolean>`c.status = ${status}`]),
    ...(assignee === undefined
      ? []
      : [assignee === null ? sql<boolean>`c.assignee_id is null` : sql<boolean>`c.assignee_id = ${assignee}`]),
    ...(label === undefined ? [] : [sql<boolean>`${label} = any(c.labels)`]),
    ...(unread === undefined ? [] : [unread ? sql<boolean>`c.unread_count > 0` : sql<boolean>`c.unread_count = 0`]),
    ...(hasFailed === undefined ? [] : [sql<boolean>`c.id ${sql.raw(hasFailed ? 'in' : 'not in')} (${failed})`]),
    ...(windowCloses === undefined ? [] : [closesWithin(windowCloses)]),
    ...(q === undefined ? [] : [isNamed(q)]),
  ]
}

function closesWithin({ from, to, is }: NonNullable<ConversationFilter['windowCloses']>): RawBuilder<boolean> {
  const within = sql<boolean>`c.window_closes_at > ${from} and c.window_closes_at <= ${to}`
  return is ? within : sql<boolean>`not coalesce(${within}, false)`
}

/** The name of the conversation or of its contact has this in it, or the contact's phone, if these are digits. */
function isNamed(q: string): RawBuilder<boolean> {
  const pattern = likeAnywhere(q)
  const digits = q.replaceAll(/[\s()+-]/g, '')
  const byPhone = /^\d{3,15}$/.test(digits) ? sql`union all select id from contacts where phone like ${`%${digits}%`}` : sql``
  return sql`c.id in (
    select id from conversations where lower(name) like lower(${pattern})
    union all select id from conversations where contact_id in (
      select id from contacts where lower(name) like lower(${pattern}) ${byPhone}))`
}
