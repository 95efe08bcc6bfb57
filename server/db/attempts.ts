import { sql } from 'kysely'
import type { DeliveryState } from '../../contract/delivery.ts'
import type { ChannelId, ConversationId, ExternalId, MessageId } from '../../contract/ids.ts'
import type { SendFailure } from '../../contract/message.ts'
import { toJsonb } from '../lib/json.ts'
import type { Tx } from './schema.ts'

/** A send attempt with its message, locked until the transaction ends. */
export interface LockedAttempt {
  readonly id: string
  readonly status: DeliveryState
  readonly external_id: ExternalId | null
  readonly number: number
  readonly message_id: MessageId
  readonly conversation_id: ConversationId
  readonly channel_id: ChannelId
  readonly sent_at: Date
  /** The contact has read everything up to here; null in a group, where each reads for themselves. */
  readonly read_up_to: Date | null
  readonly in_group: boolean
}

/** Finds an attempt by its own id or by the id that the network gave it. */
export async function lockAttempt(
  tx: Tx,
  by: { readonly id: string } | { readonly channelId: ChannelId; readonly external: ExternalId },
): Promise<LockedAttempt | undefined> {
  const which = 'id' in by ? sql`a.id = ${by.id}` : sql`a.channel_id = ${by.channelId} and a.external_id = ${by.external}`
  const { rows } =
    await sql<LockedAttempt>`select a.id, a.status, a.external_id, a.number, a.message_id, m.conversation_id, m.channel_id, m.sent_at, c.read_up_to,
      c.type = 'group' as in_group
    from send_attempts a join messages m on m.id = a.message_id join conversations c on c.id = m.conversation_id
    where ${which} for update of m, a`.execute(tx)
  return rows[0]
}

export async function listAttemptStates(tx: Tx, message: MessageId): Promise<readonly DeliveryState[]> {
  const rows = await tx.selectFrom('send_attempts').select('status').where('message_id', '=', message).orderBy('number').execute()
  return rows.map((row) => row.status)
}

export async function updateAttempt(
  tx: Tx,
  id: string,
  change: { status?: DeliveryState; external_id?: ExternalId; unconfirmed_since?: Date | null },
): Promise<void> {
  await tx.updateTable('send_attempts').set(change).where('id', '=', id).execute()
}

/** What a message shows of its sending. `proven_at` is when a device had it or somebody read it. */
export interface ShownState {
  readonly status: DeliveryState
  readonly external_id?: ExternalId
  readonly error: SendFailure | null
  readonly unconfirmed_since: Date | null
  readonly proven_at: Date
}

export async function showState(tx: Tx, message: MessageId, shown: ShownState): Promise<void> {
  const delivered = shown.status === 'delivered' || shown.status === 'read' || shown.status === 'played'
  const read = shown.status === 'read' || shown.status === 'played'
  await sql`update messages set status = ${shown.status},
      external_id = coalesce(${shown.external_id ?? null}, external_id),
      error = ${shown.error === null ? null : toJsonb(shown.error)}::jsonb,
      unconfirmed_since = ${shown.unconfirmed_since},
      delivered_at = case when ${delivered} then coalesce(delivered_at, ${shown.proven_at}) else delivered_at end,
      read_at = case when ${read} then coalesce(read_at, ${shown.proven_at}) else read_at end
    where id = ${message}`.execute(tx)
}

/**
 * A person has read everything up to this time: raises what the network had taken by then and returns it. What it has not yet
 * confirmed is raised when it does, by `read_up_to`.
 */
export async function readUpTo(tx: Tx, conversation: ConversationId, upTo: Date, at: Date): Promise<readonly MessageId[]> {
  await sql`update conversations set read_up_to = greatest(read_up_to, ${upTo}) where id = ${conversation}`.execute(tx)
  const { rows } = await sql<{ id: MessageId }>`update messages set status = 'read', read_at = coalesce(read_at, ${at}),
      delivered_at = coalesce(delivered_at, ${at}), unconfirmed_since = null
    where conversation_id = ${conversation} and direction = 'outbound' and sent_at <= ${upTo} and status in ('sent', 'delivered')
    returning id`.execute(tx)
  const ids = rows.map((row) => row.id)
  if (ids.length > 0) {
    await sql`update send_attempts set status = 'read', unconfirmed_since = null
      where message_id = any(${ids}::text[]) and status in ('sent', 'delivered')`.execute(tx)
  }
  return ids
}
