import type { Retention } from '../../../contract/retention.ts'
import type { DbOrTx } from '../../db/schema.ts'
import { findSetting } from '../../db/settings.ts'

const byDefault: Retention = { messages_days: null, media_days: null, audit_days: 365 }

/** What the admins have said; everything for ever, and the audit log for a year, until they did. */
export async function readRetention(db: DbOrTx): Promise<Retention> {
  const row = await findSetting(db, 'retention')
  // Written by `Settings.put` alone, from what the contract has checked.
  return row === undefined ? byDefault : (row.value as Retention)
}
