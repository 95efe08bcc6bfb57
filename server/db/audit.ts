import type { AuditAction } from '../../contract/audit.ts'
import type { AuditId } from '../../contract/ids.ts'
import { type Json, toJsonb } from '../lib/json.ts'
import type { DbOrTx } from './schema.ts'

/** A deed as it is written down. */
export interface AuditRow {
  readonly id: AuditId
  readonly action: AuditAction
  readonly actor: { readonly id: string; readonly name: string } | null
  readonly target_id: string | null
  readonly fields?: readonly string[]
  /** Never a secret. */
  readonly values?: Readonly<Record<string, Json>>
  readonly address?: string
  readonly outcome: 'done' | 'unknown'
}

export async function insertAudit(db: DbOrTx, { actor, fields = [], values = {}, address, ...row }: AuditRow, at: Date): Promise<void> {
  const who = { actor_id: actor?.id ?? null, actor_name: actor?.name ?? null }
  await db
    .insertInto('audit')
    .values({ ...row, ...who, at, fields: [...fields], values: toJsonb(values), address: address ?? null, code: null })
    .execute()
}

/** How a deed ended. What it was done to, and who did it, may only be known now. */
export async function settleAudit(
  db: DbOrTx,
  id: AuditId,
  end: {
    readonly outcome: 'done' | 'refused'
    readonly code?: string
    readonly target_id?: string
    readonly actor?: { readonly id: string; readonly name: string }
  },
): Promise<void> {
  const { actor, ...row } = end
  const who = actor === undefined ? {} : { actor_id: actor.id, actor_name: actor.name }
  await db
    .updateTable('audit')
    .set({ ...row, ...who })
    .where('id', '=', id)
    .execute()
}

export async function deleteAudit(db: DbOrTx, id: AuditId): Promise<void> {
  await db.deleteFrom('audit').where('id', '=', id).execute()
}
