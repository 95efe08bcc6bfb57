import Type, { type Static } from 'typebox'
import { accessKinds } from './channel.ts'
import { copyPolicies } from './copying.ts'
import type { ChannelId, LoginId, TransferId, UserId } from './ids.ts'
import { id, named, oneOf, strict, Time } from './schema.ts'

export const loginStatuses = [
  'starting',
  'show_qr',
  'show_code',
  'passkey',
  'finishing',
  'connected',
  'expired',
  'cancelled',
  'failed',
] as const
export type LoginStatus = (typeof loginStatuses)[number]

/** Why a login ended without a phone; the page has words for each (`protocol/bridge.md` Appendix B). */
export const loginErrors = [
  'bridge_error',
  'bridge_forbidden',
  'bridge_unreachable',
  'bridge_update_needed',
  'code_expired',
  'login_closed',
  'login_limit',
  'login_lost',
  'number_taken',
  'pairing_failed',
  'passkey_required',
  'phone_format',
  'transfer_pending',
  'update_whatsapp_on_phone',
  'whatsapp_rate_limit',
] as const
export type LoginError = (typeof loginErrors)[number]

/**
 * One attempt to link a phone. Only the person concerned and admins see it; QR and code vanish when it ends. `instead_of` is the number
 * that was to be linked again, where another one was scanned; with `transfer_id` an admin has to hand the number over.
 */
export const Login = named(
  'Login',
  Type.Object({
    id: id<LoginId>('lgn_'),
    user_id: id<UserId>('usr_'),
    status: oneOf(loginStatuses),
    method: oneOf(['qr', 'phone']),
    qr: Type.Optional(
      Type.Object({ data: Type.String(), svg: Type.String(), expires_at: Time, number: Type.Integer(), of: Type.Integer() }),
    ),
    code: Type.Optional(Type.String()),
    expires_at: Type.Optional(Time),
    channel_id: Type.Optional(id<ChannelId>('chn_')),
    transfer_id: Type.Optional(id<TransferId>('trf_')),
    instead_of: Type.Optional(Type.String()),
    error: Type.Optional(Type.Object({ code: oneOf(loginErrors), detail: Type.String() })),
    created_at: Time,
    updated_at: Time,
  }),
)
export type Login = Static<typeof Login>

/** How to link a phone. `phone` needs `phone_number`, international with `+`; `access` is `personal` when left out. `copy`: what of its chats is copied here; left out, as before, or everything for a new number. */
export const ConnectInput = strict({
  method: Type.Optional(oneOf(['qr', 'phone'])),
  phone_number: Type.Optional(Type.String({ pattern: '^\\+[1-9][0-9]{6,14}$' })),
  name: Type.Optional(Type.String({ minLength: 1, maxLength: 80 })),
  access: Type.Optional(oneOf(accessKinds)),
  copy: Type.Optional(oneOf(copyPolicies)),
})
export type ConnectInput = Static<typeof ConnectInput>
