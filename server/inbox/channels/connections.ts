import type { ChannelId, ExternalId } from '../../../contract/ids.ts'
import type { Db } from '../../db/schema.ts'
import type { AccountLink, Connection, Provider, ProviderName } from '../../providers/provider.ts'

/** A channel with its line out. */
export interface Line {
  readonly channel: {
    readonly id: ChannelId
    readonly external_id: ExternalId
    readonly provider: ProviderName
    readonly account_id: string
  }
  readonly connection: Connection
  readonly provider: Provider
}
/** Undefined when the channel is gone, its road is not set up, or its account is lost. */
export type FindLine = (channel: ChannelId) => Promise<Line | undefined>

export function createFindLine(deps: {
  db: Db
  findProvider: (name: ProviderName) => Provider | undefined
  linkOf: (accountId: string) => Promise<AccountLink | undefined>
}): FindLine {
  return async (id) => {
    const row = await deps.db
      .selectFrom('channels')
      .innerJoin('accounts', 'accounts.id', 'channels.account_id')
      .select(['channels.id', 'channels.external_id', 'accounts.provider', 'channels.account_id'])
      .where('channels.id', '=', id)
      .executeTakeFirst()
    if (row === undefined || row.account_id === null) return undefined
    const provider = deps.findProvider(row.provider as ProviderName)
    const account = await deps.linkOf(row.account_id)
    if (provider === undefined || account === undefined) return undefined
    const channel = { id: row.id, external_id: row.external_id, provider: row.provider as ProviderName, account_id: row.account_id }
    return { channel, provider, connection: provider.connect({ id: row.id, external: row.external_id, account }) }
  }
}
