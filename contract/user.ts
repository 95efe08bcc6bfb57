import Type, { type Static } from 'typebox'
import type { ApiKeyId, ChannelId, SessionId, UserId } from './ids.ts'
import { id, named, oneOf, strict, Time } from './schema.ts'

export const roles = ['admin', 'agent'] as const
export type Role = (typeof roles)[number]

export const scopes = [
  'messages:read',
  'messages:send',
  'conversations:write',
  'contacts:write',
  'channels:read',
  'channels:connect',
  'settings',
  'act_as',
] as const
export type Scope = (typeof scopes)[number]

const Email = Type.String({ format: 'email', maxLength: 254 })
const Name = Type.String({ minLength: 1, maxLength: 80 })

/** At least 12 characters, any; length is what makes a password hard to guess. */
const Password = Type.String({ minLength: 12, maxLength: 256 })

/** A person who works in the inbox. `external_id` is the CRM's own id of them. */
export const User = named(
  'User',
  Type.Object({
    id: id<UserId>('usr_'),
    email: Type.String(),
    name: Type.String(),
    role: oneOf(roles),
    external_id: Type.Optional(Type.String()),
    active: Type.Boolean(),
    created_at: Time,
  }),
)
export type User = Static<typeof User>

export const UserInput = strict({
  email: Email,
  name: Name,
  /** Left out for who comes in by a link (`createInvite`). */
  password: Type.Optional(Password),
  role: Type.Optional(oneOf(roles)),
  external_id: Type.Optional(Type.String({ minLength: 1, maxLength: 128 })),
})

export const UserPatch = strict({
  email: Type.Optional(Email),
  name: Type.Optional(Name),
  password: Type.Optional(Password),
  role: Type.Optional(oneOf(roles)),
  external_id: Type.Optional(Type.Union([Type.String({ minLength: 1, maxLength: 128 }), Type.Null()])),
  active: Type.Optional(Type.Boolean()),
})
export type UserPatch = Static<typeof UserPatch>

/** The first admin. The token is printed by the server on its first start. */
export const SetupInput = strict({
  email: Email,
  name: Name,
  password: Password,
  setup_token: Type.String({ minLength: 1, maxLength: 128 }),
})

/** `remember`, true when left out: the session outlives the browser's window, 30 days from its last use; else a day, and no longer than the window. */
export const LoginInput = strict({
  email: Type.String({ maxLength: 254 }),
  password: Type.String({ maxLength: 256 }),
  remember: Type.Optional(Type.Boolean()),
})

const InviteToken = Type.String({ minLength: 1, maxLength: 128 })

/** A one-time link by which a person chooses a password; told once. Its secret part is never sent to a server by a browser. */
export const Invite = Type.Object({ url: Type.String(), expires_at: Time })

export const InviteLook = strict({ token: InviteToken })

/** What stands in the link behind `#`, and the password that its person chooses. */
export const AcceptInviteInput = strict({ token: InviteToken, password: Password, name: Type.Optional(Name) })

/** A browser in which somebody is signed in. `user_agent` and `address` are those of signing in; `last_used_at` is told to a quarter of an hour. */
export const Session = named(
  'Session',
  Type.Object({
    id: id<SessionId>('ses_'),
    is_current: Type.Boolean(),
    user_agent: Type.Optional(Type.String()),
    address: Type.Optional(Type.String()),
    remembered: Type.Boolean(),
    created_at: Time,
    last_used_at: Time,
    expires_at: Time,
  }),
)
export type Session = Static<typeof Session>

/** A key of an integrator. It is a service account of its own; `key` is told once, when it is made. */
export const ApiKey = named(
  'ApiKey',
  Type.Object({
    id: id<ApiKeyId>('key_'),
    name: Type.String(),
    prefix: Type.String(),
    scopes: Type.Array(oneOf(scopes)),
    channel_ids: Type.Optional(Type.Array(id<ChannelId>('chn_'))),
    created_at: Time,
    expires_at: Type.Optional(Time),
    revoked_at: Type.Optional(Time),
    last_used_at: Type.Optional(Time),
    key: Type.Optional(Type.String()),
  }),
)
export type ApiKey = Static<typeof ApiKey>

/** `channel_ids` left out means every shared channel. */
export const ApiKeyInput = strict({
  name: Name,
  scopes: Type.Array(oneOf(scopes), { minItems: 1, uniqueItems: true }),
  channel_ids: Type.Optional(Type.Array(id<ChannelId>('chn_'), { minItems: 1, maxItems: 100, uniqueItems: true })),
  expires_at: Type.Optional(Time),
})
