import { sql } from 'kysely'
import type { ChannelId, ExternalId } from '../../contract/ids.ts'
import { type Json, toJsonb } from '../lib/json.ts'
import { recordset } from './rows.ts'
import type { Tx } from './schema.ts'

/** Keeps what concerns a message that has not come yet. */
export async function insertPending(tx: Tx, channelId: ChannelId, target: ExternalId, event: Json, now: Date): Promise<void> {
  await tx
    .insertInto('pending_relations')
    .values({ channel_id: channelId, target, event: toJsonb(event), received_at: now })
    .execute()
}

/**
 * Held until the transaction ends by who learns a message's id and by who looks in vain for it: else, at the same moment, what came for the
 * message is put to wait after it was looked for.
 */
export async function lockTarget(tx: Tx, channelId: ChannelId, target: ExternalId): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtext('message id'), hashtext(${`${channelId} ${target}`}))`.execute(tx)
}

/** Takes what waited for these messages, in the order in which it came. */
export async function takePending(
  tx: Tx,
  targets: readonly { channel_id: ChannelId; target: ExternalId }[],
): Promise<readonly { channel_id: ChannelId; event: Json }[]> {
  if (targets.length === 0) return []
  const { rows } = await sql<{ id: string; channel_id: ChannelId; event: Json }>`with taken as (
      delete from pending_relations p using ${recordset(targets, { channel_id: 'text', target: 'text' })}
      where p.channel_id = r.channel_id and p.target = r.target returning p.id, p.channel_id, p.event
    ) select id, channel_id, event from taken order by id`.execute(tx)
  return rows
}
