import type { ChannelId, ExternalId } from '../../../contract/ids.ts'
import type { Accounts } from '../linking/accounts.ts'
import type { Connection, Provider, ProviderName } from '../../providers/provider.ts'

/** A channel with its line out. */
export interface Line {
  readonly channel: {
    readonly id: ChannelId
    readonly external_id: ExternalId
    readonly provider: ProviderName
    readonly account_id: string
    /** The account, as the network names it. */
    readonly account: ExternalId
    /** False when the number was deleted or is lost to us: then nothing goes out from it. */
    readonly isOpen: boolean
  }
  readonly connection: Connection
  readonly provider: Provider
}
/** Undefined when the channel is gone, its road is not set up, or its account is lost. */
export type FindLine = (channel: ChannelId) => Promise<Line | undefined>

export function createFindLine(deps: {
  accounts: Pick<Accounts, 'findOfChannel'>
  findProvider: (name: ProviderName) => Provider | undefined
}): FindLine {
  return async (id) => {
    const found = await deps.accounts.findOfChannel(id)
    const provider = found === undefined ? undefined : deps.findProvider(found.account.provider)
    if (found === undefined || provider === undefined) return undefined
    const { account, channel } = found
    const { external_id, status, deleted_at } = channel
    const isOpen = deleted_at === null && status !== 'logged_out' && status !== 'banned'
    return {
      channel: { id, external_id, provider: account.provider, account_id: account.id, account: account.link.external, isOpen },
      provider,
      connection: provider.connect({ id, external: external_id, account: account.link }),
    }
  }
}
