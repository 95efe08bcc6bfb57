import { sql } from 'kysely'
import { beginFeedAnew } from '../db/feed.ts'
import type { Tx } from '../db/schema.ts'

/**
 * What a restored database must not take up again. Messages that were on their way when the backup was made may have been sent since, so
 * the machine never sends them: they stand in doubt, to be sent again by a person. Half-linked phones have to be linked anew, and
 * cursors of the change feed belong to the database that was: `mark` tells them apart from those of this one.
 */
export async function settleRestored(
  tx: Tx,
  { now, mark }: { readonly now: Date; readonly mark: string },
): Promise<{ readonly inDoubt: number }> {
  const { rows } = await sql<{
    kind: string
  }>`delete from outbox returning case when deed_id is null then 'message' else 'deed' end as kind`.execute(tx)
  await sql`update send_attempts set status = 'sending', started_at = coalesce(started_at, created_at), unconfirmed_since = coalesce(unconfirmed_since, ${now})
    where status in ('queued', 'sending')`.execute(tx)
  await sql`update messages set status = 'sending', unconfirmed_since = coalesce(unconfirmed_since, ${now})
    where status in ('queued', 'sending')`.execute(tx)
  await sql`update deeds set status = 'unconfirmed' where status in ('queued', 'sending')`.execute(tx)
  await sql`update logins set status = 'cancelled', sealed = '{}' where status not in ('connected', 'expired', 'cancelled', 'failed')`.execute(
    tx,
  )
  await sql`update jobs set lease_token = null, run_at = least(run_at, ${now})`.execute(tx)
  await beginFeedAnew(tx, mark, now)
  return { inDoubt: rows.length }
}
