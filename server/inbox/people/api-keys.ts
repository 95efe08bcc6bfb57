import { randomBytes } from 'node:crypto'
import type { Static } from 'typebox'
import type { ApiKeyId } from '../../../contract/ids.ts'
import type { ApiKeyInput } from '../../../contract/user.ts'
import { findApiKey, insertApiKey, noteApiKeyUse, revokeApiKey } from '../../db/api-keys.ts'
import type { Db } from '../../db/schema.ts'
import type { Clock, NewId } from '../../lib/clock.ts'
import { AppError } from '../../lib/errors.ts'
import type { KeyActor, UserActor } from './access.ts'
import { hashOf } from './user-sessions.ts'

const minuteMs = 60_000

/** The keys of integrators: `mk_…`, of which only a hash is kept. */
export interface ApiKeys {
  /** `key` is told here and never again. Throws invalid_request for a channel that is not there or a time that has passed. */
  create(actor: UserActor, input: Static<typeof ApiKeyInput>): Promise<{ readonly id: ApiKeyId; readonly key: string }>
  /** Ends a key at once. Throws not_found. */
  revoke(id: ApiKeyId): Promise<void>
  /** Whose key this is; undefined when it is unknown, revoked or expired. Notes its use, by the minute. */
  authenticate(key: string): Promise<KeyActor | undefined>
}

export function createApiKeys({ db, clock, newId }: { db: Db; clock: Clock; newId: NewId }): ApiKeys {
  return {
    async create(actor, { name, scopes, channel_ids, expires_at }) {
      const now = new Date(clock())
      if (expires_at !== undefined && new Date(expires_at) <= now) throw wrong('/expires_at', 'past', 'This time has passed already.')
      const channelIds = channel_ids ?? null
      if (channelIds !== null) {
        const known = await db.selectFrom('channels').select('id').where('id', 'in', channelIds).where('deleted_at', 'is', null).execute()
        if (known.length !== channelIds.length) throw wrong('/channel_ids', 'not_found', 'One of these channels is not there.')
      }
      const key = `mk_${randomBytes(32).toString('base64url')}`
      const id = newId<ApiKeyId>('api_key')
      await insertApiKey(db, {
        id,
        name,
        prefix: key.slice(0, 9),
        secret_hash: hashOf(key),
        scopes,
        channel_ids: channelIds,
        created_by: actor.id,
        created_at: now,
        expires_at: expires_at === undefined ? null : new Date(expires_at),
      })
      return { id, key }
    },

    async revoke(id) {
      if (!(await revokeApiKey(db, id, new Date(clock())))) throw new AppError('not_found', 'There is no such API key.')
    },

    async authenticate(key) {
      const now = clock()
      const found = await findApiKey(db, hashOf(key), new Date(now))
      if (found === undefined) return undefined
      if (found.last_used_at === null || found.last_used_at.getTime() <= now - minuteMs) await noteApiKeyUse(db, found.id, new Date(now))
      return { kind: 'key', id: found.id, name: found.name, scopes: found.scopes, channelIds: found.channel_ids }
    },
  }
}

function wrong(pointer: string, code: string, detail: string): AppError {
  return new AppError('invalid_request', detail, { fields: [{ pointer, code, detail }] })
}
