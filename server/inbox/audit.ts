import type { AuditAction } from '../../contract/audit.ts'
import type { AuditId } from '../../contract/ids.ts'
import { deleteAudit, insertAudit, settleAudit } from '../db/audit.ts'
import type { Db } from '../db/schema.ts'
import type { Clock, NewId } from '../lib/clock.ts'
import type { Json } from '../lib/json.ts'
import type { Actor } from './people/access.ts'

/** What is known of a deed before it is done. */
export interface Deed {
  readonly action: AuditAction
  /** Null for who is not signed in yet. */
  readonly actor: Actor | null
  readonly targetId: string | null
  readonly body: unknown
  readonly address: string
}

/** How it ended: with what was made or whom it turned out to be, or with the code of the refusal. */
export type Ending = { readonly made: { readonly id: string; readonly name: string } | null } | { readonly code: string }

/** What people and keys change is written down before it is done, and how it ended before they hear of it. */
export interface Audit {
  begin(deed: Deed): Promise<AuditId>
  end(id: AuditId, action: AuditAction, ending: Ending): Promise<void>
}

/** The fields whose values may be read by every admin for ever. All others are only named. */
const plain = [
  'access',
  'active',
  'audit_days',
  'channel_ids',
  'contact_id',
  'email',
  'media_days',
  'member_ids',
  'messages_days',
  'mode',
  'name',
  'owner_id',
  'rerouting',
  'role',
  'scopes',
]

export function createAudit({ db, clock, newId }: { readonly db: Db; readonly clock: Clock; readonly newId: NewId }): Audit {
  return {
    async begin({ action, actor, targetId, body, address }) {
      const id = newId<AuditId>('audit')
      const given = typeof body === 'object' && body !== null ? Object.entries(body as Record<string, Json>) : []
      const values = Object.fromEntries(given.filter(([field]) => plain.includes(field)))
      const who = actor === null ? null : { id: actor.id, name: actor.name }
      const fields = given.map(([field]) => field)
      await insertAudit(db, { id, action, actor: who, target_id: targetId, fields, values, address, outcome: 'unknown' }, new Date(clock()))
      return id
    },

    async end(id, action, ending) {
      // Whoever only hammers at the door fills no book.
      if ('code' in ending && ending.code === 'rate_limited') return deleteAudit(db, id)
      if ('code' in ending) return settleAudit(db, id, { outcome: 'refused', code: ending.code })
      const { made } = ending
      const isWho = action === 'sign_in' || action === 'setup' || action === 'user.join'
      await settleAudit(db, id, { outcome: 'done', ...(made === null ? {} : { target_id: made.id, ...(isWho ? { actor: made } : {}) }) })
    },
  }
}
