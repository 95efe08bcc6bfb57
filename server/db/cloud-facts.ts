import { sql } from 'kysely'
import type { ChannelId, ExternalId } from '../../contract/ids.ts'
import type { DbOrTx } from './schema.ts'

/** What is known of a business account besides its settings: its numbers, and when Meta last called us. */
export async function findCloudFacts(
  db: DbOrTx,
  account: ExternalId,
): Promise<{
  readonly numbers: readonly { readonly id: string; readonly phone: string; readonly name: string; readonly channel_id: ChannelId }[]
  readonly lastDeliveryAt: Date | null
}> {
  const numbers = await db
    .selectFrom('channels as c')
    .innerJoin('accounts as a', 'a.id', 'c.account_id')
    .select(['c.external_id as id', 'c.phone', 'c.name', 'c.id as channel_id'])
    .where('a.provider', '=', 'cloud')
    .where('a.external_id', '=', account)
    .where('c.deleted_at', 'is', null)
    .orderBy('c.created_at')
    .execute()
  const { rows } = await sql<{ at: Date | null }>`select max(received_at) as at from inbound_batches
    where provider = 'cloud' and stream = 'webhook'`.execute(db)
  return { numbers, lastDeliveryAt: rows[0]?.at ?? null }
}
