import { listAudit } from '../../db/read/audit.ts'
import type { Reads } from '../../db/read/viewer.ts'
import type { Register } from '../register.ts'

/** What people and keys have changed. */
export function auditRoutes(on: Register, { readDb }: { readDb: Reads }): void {
  on('listAudit', ({ query: { actor, action, ...page } }) =>
    listAudit(readDb, { ...(actor === undefined ? {} : { actor }), ...(action === undefined ? {} : { action }) }, page),
  )
}
