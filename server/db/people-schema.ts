import type { Generated } from 'kysely'
import type { ApiKeyId, ChannelId, SessionId, UserId } from '../../contract/ids.ts'
import type { Role, Scope } from '../../contract/user.ts'
import type { Time } from './columns.ts'

/** The tables of who works here and what may call. */
export interface PeopleTables {
  users: {
    id: UserId
    email: string
    name: string
    role: Role
    external_id: string | null
    active: Generated<boolean>
    /** Null for who was invited and has not come yet. */
    password_hash: string | null
    created_at: Time
  }
  sessions: {
    id: SessionId
    token_hash: Buffer
    user_id: UserId
    user_agent: string | null
    address: string | null
    created_at: Time
    last_used_at: Time
    expires_at: Time
    /** Outlives the browser's window. */
    remembered: Generated<boolean>
  }
  invites: { user_id: UserId; token_hash: Buffer; expires_at: Time }
  api_keys: {
    id: ApiKeyId
    name: string
    prefix: string
    secret_hash: Buffer
    scopes: Scope[]
    channel_ids: ChannelId[] | null
    created_by: UserId | null
    created_at: Time
    expires_at: Time | null
    revoked_at: Time | null
    last_used_at: Time | null
  }
}
