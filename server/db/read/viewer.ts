import type { ApiKeyId, ChannelId, ConversationId, ExternalId, UserId } from '../../../contract/ids.ts'
import { isOneOf } from '../prepare.ts'
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

/** The same viewer, as far as numbers of this network go. */
export async function onlyNetwork(db: Reads, viewer: Viewer, network: 'cloud' | 'matrix'): Promise<Viewer> {
  const rows = await db.selectFrom('channels').select('id').where('provider', '=', network).where(isOneOf('id', viewer.channels)).execute()
  return { ...viewer, channels: rows.map((row) => row.id) }
}

/** The conversation that the network calls so, if the viewer may see it. */
export async function findConversationIn(db: Reads, viewer: Viewer, external: string): Promise<ConversationId | undefined> {
  const row = await db
    .selectFrom('conversations')
    .select('id')
    .where('external_id', '=', external as ExternalId)
    .where(isOneOf('channel_id', viewer.channels))
    .executeTakeFirst()
  return row?.id
}
