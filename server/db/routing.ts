import { sql } from 'kysely'
import type { ChannelId, ContactId, ConversationId, ExternalId } from '../../contract/ids.ts'
import type { DbOrTx } from './schema.ts'

/** On which roads there is a number, whoever may use it. */
export interface Roads {
  readonly has_classical: boolean
  readonly has_matrix: boolean
}
/** What of a conversation decides from where it is answered. */
export interface Spot {
  readonly channel_id: ChannelId
  readonly provider: string
  readonly type: 'direct' | 'group'
  readonly contact_id: ContactId | null
}

const hasNumber = (ofRoad: string) => sql`exists (select from channels h where h.deleted_at is null and ${sql.raw(ofRoad)})`
const roadColumns = sql`${hasNumber("h.provider = 'cloud'")} as has_classical, ${hasNumber("h.provider = 'matrix'")} as has_matrix`

export async function readRoads(db: DbOrTx): Promise<Roads> {
  const { rows } = await sql<Roads>`select ${roadColumns}`.execute(db)
  return rows[0] ?? { has_classical: false, has_matrix: false }
}

/** Throws where the conversation is gone. */
export async function readSpot(db: DbOrTx, id: ConversationId): Promise<Spot & Roads> {
  const { rows } = await sql<Spot & Roads>`select v.channel_id, c.provider, v.type, v.contact_id, ${roadColumns}
    from conversations v join channels c on c.id = v.channel_id where v.id = ${id}`.execute(db)
  const [row] = rows
  if (row === undefined) throw new Error(`there is no conversation ${id}`)
  return row
}

/** A direct chat of a contact. */
export interface ChatOfContact {
  readonly id: ConversationId
  readonly external_id: ExternalId
  readonly channel_id: ChannelId
  readonly has_messages: boolean
  readonly window_closes_at: Date | null
  readonly is_excluded: boolean
}

const chatOrder = sql`o.last_inbound_at desc nulls last, o.last_message_at desc nulls last, o.id desc`

/** The chats with a contact that the phone still has, that in which they wrote to us last first. */
export async function listChatsOf(db: DbOrTx, contact: ContactId): Promise<readonly ChatOfContact[]> {
  const { rows } = await sql<ChatOfContact>`select o.id, o.external_id, o.channel_id, o.last_message_at is not null as has_messages,
      o.window_closes_at, o.excluded_at is not null as is_excluded
    from conversations o where o.contact_id = ${contact} and o.type = 'direct' and o.gone is null order by ${chatOrder}`.execute(db)
  return rows
}

/** What a contact can be written to by, the oldest first. */
export async function listWritableAddresses(
  db: DbOrTx,
  contact: ContactId,
): Promise<readonly { readonly type: 'phone' | 'hidden' | 'business'; readonly value: string }[]> {
  const { rows } = await sql<{ type: 'phone' | 'hidden' | 'business'; value: string }>`select type, value from contact_addresses
    where contact_id = ${contact} and type in ('phone', 'hidden', 'business') order by created_at, value`.execute(db)
  return rows
}

/** Open conversations that are answered alike, and how many they are. */
export interface Situation extends Omit<Spot, 'contact_id'> {
  /** Whoever answers: the owner of a personal number, else whoever it is assigned to. */
  readonly sender: string | null
  /** The contact's chats on our other numbers, in the order of `listChatsOf`. */
  readonly chats: readonly (Pick<ChatOfContact, 'channel_id' | 'has_messages' | 'is_excluded'> & { readonly is_open: boolean })[]
  readonly addresses: readonly ('phone' | 'hidden' | 'business')[]
  readonly count: number
}

/** The open conversations, those together that are answered alike. */
export async function listSituations(db: DbOrTx, now: Date): Promise<readonly Situation[]> {
  const { rows } = await sql<Situation>`select v.channel_id, c.provider, v.type,
      case when c.access = 'personal' then c.owner_id else v.assignee_id end as sender,
      coalesce(x.chats, '[]') as chats, coalesce(a.types, '{}') as addresses, count(*)::int as count
    from conversations v join channels c on c.id = v.channel_id
    left join lateral (select jsonb_agg(jsonb_build_object('channel_id', o.channel_id, 'has_messages', o.last_message_at is not null,
          'is_excluded', o.excluded_at is not null, 'is_open', coalesce(o.window_closes_at > ${now}, false)) order by ${chatOrder}) as chats
        from conversations o where o.contact_id = v.contact_id and o.type = 'direct' and o.gone is null and o.channel_id <> v.channel_id) x on true
    left join lateral (select array_agg(distinct type order by type) as types from contact_addresses
        where contact_id = v.contact_id and type in ('phone', 'hidden', 'business')) a on true
    where v.status = 'open' and v.excluded_at is null and v.gone is null and c.deleted_at is null
    group by 1, 2, 3, 4, 5, 6`.execute(db)
  return rows
}

/** How many numbers can send, and how many messages wait. */
export async function readSendingState(
  db: DbOrTx,
): Promise<{ readonly classical: number; readonly matrix: number; readonly queued: number }> {
  const ready = sql`c.deleted_at is null and c.status not in ('logged_out', 'banned')`
  const { rows } = await sql<{ classical: number; matrix: number; queued: number }>`select
      (select count(*)::int from channels c where ${ready} and c.provider = 'cloud') as classical,
      (select count(*)::int from channels c where ${ready} and c.provider = 'matrix') as matrix,
      (select count(*)::int from outbox o where o.attempt_id is not null and o.state = 'queued') as queued`.execute(db)
  return rows[0] ?? { classical: 0, matrix: 0, queued: 0 }
}
