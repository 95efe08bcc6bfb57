import { type RawBuilder, sql } from 'kysely'
import type { ApiKeyId, ChannelId, UserId } from '../../../contract/ids.ts'
import type { ReadDb } from '../schema.ts'

/** A handle that can read: a database, a transaction, or what HTTP gets. */
export type Reads = Pick<ReadDb, 'selectFrom'>

/** For whom rows become JSON. `inbox/access.ts` makes it; every read that shows chats demands it, so that none forgets to ask. */
export interface Viewer {
  readonly id: UserId | ApiKeyId
  readonly isAdmin: boolean
  /** The channels whose chats may be read. */
  readonly channels: readonly ChannelId[]
}

/** `column = any(ids)`, which an empty list makes false. */
export function isOneOf(column: string, ids: readonly string[]): RawBuilder<boolean> {
  return sql<boolean>`${sql.ref(column)} = any(${ids}::text[])`
}
