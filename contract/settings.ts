import Type, { type Static } from 'typebox'
import { routeReasons } from './error.ts'
import type { ChannelId } from './ids.ts'
import { id, named, oneOf, strict, Time } from './schema.ts'

export const modes = ['classical', 'matrix', 'both'] as const
export type Mode = (typeof modes)[number]

export const WhatsappModeInput = strict({ mode: oneOf(modes) })

/** The default road. `has_effect` is false while the road that it names has no number: every message then leaves from its conversation's own. */
export const WhatsappMode = named('WhatsappMode', Type.Object({ mode: oneOf(modes), has_effect: Type.Boolean() }))
export type WhatsappMode = Static<typeof WhatsappMode>

/**
 * What would be with another mode, counted over the open conversations. Who answers is taken to be whoever owns the number, else whoever the
 * conversation is assigned to, and to write a text.
 */
export const WhatsappModePreview = named(
  'WhatsappModePreview',
  Type.Object({
    mode: oneOf(modes),
    has_effect: Type.Boolean(),
    /** How many numbers can send, by road. */
    numbers: Type.Object({ classical: Type.Integer(), matrix: Type.Integer() }),
    open_conversations: Type.Integer(),
    /** Answers would leave from another number than they do now. */
    change_number: Type.Integer(),
    /** Could not be answered, and why; those of `window_closed` by a template. */
    unanswerable: Type.Integer(),
    reasons: Type.Array(Type.Object({ reason: oneOf(routeReasons), count: Type.Integer() })),
    /** Messages that wait to be sent; they keep their number. */
    queued_messages: Type.Integer(),
  }),
)
export type WhatsappModePreview = Static<typeof WhatsappModePreview>

export const reroutings = ['confirm', 'auto'] as const
export type Rerouting = (typeof reroutings)[number]

/** Whether a message that would begin a chat on another number is sent only after it was confirmed, or at once. */
export const RoutingSettings = strict({ rerouting: oneOf(reroutings) })

/** One thing that was looked at when settings were saved. `fix` says what to change where, when something is wrong. */
export const Check = named(
  'Check',
  Type.Object({
    id: Type.String(),
    status: oneOf(['ok', 'warning', 'error', 'skipped']),
    detail: Type.String(),
    fix: Type.Optional(Type.String()),
  }),
)
export type Check = Static<typeof Check>

export const intakes = ['push_and_sync', 'sync'] as const
export type IntakeMode = (typeof intakes)[number]

/** The Matrix homeserver and bridge that linked phones are reached through. Secrets are told by presence only. */
export const MatrixSystemConfig = named(
  'MatrixSystemConfig',
  Type.Object({
    homeserver_url: Type.String(),
    server_name: Type.String(),
    admin_login: Type.String(),
    admin_user_id: Type.Optional(Type.String()),
    admin_device_id: Type.Optional(Type.String()),
    has_admin_password: Type.Boolean(),
    has_admin_access_token: Type.Boolean(),
    has_bridge_admin_secret: Type.Boolean(),
    has_bridge_as_token: Type.Boolean(),
    bridge_url: Type.Optional(Type.String()),
    bridge_bot_user_id: Type.String(),
    intake: oneOf(intakes),
    checks: Type.Array(Type.Unsafe<Check>({ $ref: 'Check#' })),
    updated_at: Time,
  }),
)
export type MatrixSystemConfig = Static<typeof MatrixSystemConfig>

const Url = Type.String({ format: 'uri', pattern: '^https?://', maxLength: 512 })
const Secret = Type.String({ minLength: 1, maxLength: 512 })

/** A secret that is left out keeps its stored value. */
export const MatrixSystemConfigInput = strict({
  homeserver_url: Url,
  server_name: Type.String({ minLength: 1, maxLength: 230, pattern: '^[A-Za-z0-9.:\\-\\[\\]]+$' }),
  admin_login: Type.String({ minLength: 1, maxLength: 255 }),
  admin_password: Type.Optional(Secret),
  bridge_admin_secret: Type.Optional(Secret),
  bridge_as_token: Type.Optional(Secret),
  bridge_url: Type.Optional(Url),
  bridge_bot_user_id: Type.Optional(Type.String({ pattern: '^@[^:]+:.+$', maxLength: 255 })),
  intake: Type.Optional(oneOf(intakes)),
  forget_admin_password: Type.Optional(Type.Boolean()),
})
export type MatrixSystemConfigInput = Static<typeof MatrixSystemConfigInput>

/**
 * The business account at Meta that our own numbers are in. Secrets are told by presence only; `verify_token` and `callback_url` are what Meta
 * asks for under WhatsApp, Configuration.
 */
export const WhatsappConfig = named(
  'WhatsappConfig',
  Type.Object({
    business_account_id: Type.String(),
    graph_version: Type.String(),
    has_access_token: Type.Boolean(),
    has_app_secret: Type.Boolean(),
    verify_token: Type.String(),
    callback_url: Type.String(),
    /** Absent for a token that does not end. */
    token_expires_at: Type.Optional(Time),
    /** When Meta last delivered something; absent while it never has. */
    last_delivery_at: Type.Optional(Time),
    numbers: Type.Array(Type.Object({ id: Type.String(), phone: Type.String(), name: Type.String(), channel_id: id<ChannelId>('chn_') })),
    checks: Type.Array(Type.Unsafe<Check>({ $ref: 'Check#' })),
    updated_at: Time,
  }),
)
export type WhatsappConfig = Static<typeof WhatsappConfig>

/** A secret that is left out keeps its stored value; a verify token that was never given is made. */
export const WhatsappConfigInput = strict({
  business_account_id: Type.String({ pattern: '^[0-9]{5,32}$', examples: ['102290129340398'] }),
  access_token: Type.Optional(Secret),
  app_secret: Type.Optional(Secret),
  verify_token: Type.Optional(Type.String({ minLength: 8, maxLength: 200 })),
  graph_version: Type.Optional(Type.String({ pattern: '^v[0-9]{1,3}\\.[0-9]$', examples: ['v25.0'] })),
})
export type WhatsappConfigInput = Static<typeof WhatsappConfigInput>
