import type { AuditAction, AuditEntry } from '../../../contract/audit.ts'
import type { AuditId } from '../../../contract/ids.ts'
import { decodeCursor, defaultLimit, encodeCursor, type Page, pageOf, type PageRequest, present } from './page.ts'
import type { Reads } from './viewer.ts'

/** What was done, the latest first; by one actor, of one kind. */
export async function listAudit(
  db: Reads,
  { actor, action }: { readonly actor?: string; readonly action?: AuditAction },
  { cursor, limit = defaultLimit }: PageRequest,
): Promise<Page<AuditEntry>> {
  let query = db
    .selectFrom('audit')
    .selectAll()
    .orderBy('id', 'desc')
    .limit(limit + 1)
  if (actor !== undefined) query = query.where('actor_id', '=', actor)
  if (action !== undefined) query = query.where('action', '=', action)
  if (cursor !== undefined) query = query.where('id', '<', decodeCursor(cursor, ['id'])[0] as AuditId)
  return pageOf(
    await query.execute(),
    limit,
    (last) => encodeCursor([last.id]),
    (rows) =>
      rows.map(({ id, at, actor_id, actor_name, action: done, fields, values, outcome, ...rest }) => ({
        id,
        at: at.toISOString(),
        ...present('actor', actor_id === null ? null : { id: actor_id, name: actor_name ?? '' }),
        action: done,
        ...present('target_id', rest.target_id),
        fields,
        values,
        ...present('address', rest.address),
        outcome,
        ...present('code', rest.code),
      })),
  )
}
