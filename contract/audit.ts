import Type, { type Static } from 'typebox'
import { id, named, oneOf, page, PageQuery, ref, strict, Time } from './schema.ts'
import type { AuditId } from './ids.ts'

/** What is written down when a person or a key does it. */
export const auditActions = [
  'setup',
  'sign_in',
  'sign_out',
  'session.end',
  'user.create',
  'user.update',
  'user.invite',
  'user.join',
  'api_key.create',
  'api_key.revoke',
  'settings.matrix',
  'settings.whatsapp',
  'settings.mode',
  'settings.routing',
  'settings.retention',
  'account.save',
  'channel.link',
  'channel.linked',
  'channel.update',
  'channel.log_out',
  'channel.delete',
  'transfer.accept',
  'transfer.refuse',
  'chat.exclude',
  'chat.include',
  'contact.erase',
  'contact.merge',
  'contact.unmerge',
  'label.create',
  'label.update',
  'label.delete',
  'dead_letters.redrive',
] as const
export type AuditAction = (typeof auditActions)[number]

/**
 * One deed: by whom and from where, to what, and how it ended. `fields` names what was given; `values` are those of it that are no secret.
 * Written down before it is done, so that nothing is missing: `unknown` where the server died in between.
 */
export const AuditEntry = named(
  'AuditEntry',
  Type.Object({
    id: id<AuditId>('aud_'),
    at: Time,
    actor: Type.Optional(Type.Object({ id: Type.String(), name: Type.String() })),
    action: oneOf(auditActions),
    target_id: Type.Optional(Type.String()),
    fields: Type.Array(Type.String()),
    values: Type.Record(Type.String(), Type.Unknown()),
    address: Type.Optional(Type.String()),
    outcome: oneOf(['done', 'refused', 'unknown']),
    /** Why it was refused. */
    code: Type.Optional(Type.String()),
  }),
)
export type AuditEntry = Static<typeof AuditEntry>

/** The call that reads what was done. */
export const auditOperations = {
  listAudit: {
    summary: 'What people and keys have changed, the latest first',
    access: 'admin',
    scope: 'settings',
    query: strict({
      ...PageQuery,
      actor: Type.Optional(Type.String({ pattern: '^(usr|key)_[0-9a-z]{1,64}$', maxLength: 80 })),
      action: Type.Optional(oneOf(auditActions)),
    }),
    response: { 200: page(ref(AuditEntry)) },
  },
} as const
