import type { Provider, ProviderName } from '../../providers/provider.ts'
import type { Accounts } from './accounts.ts'
import type { ApplyDeps } from '../apply/apply.ts'
import type { Channels } from '../channels/channels.ts'

/** Attaches a number that an account turned out to have; what is not its owner's waits for an admin, and its events with it. */
export function createApplyPhone(deps: {
  readonly findProvider: (name: ProviderName) => Provider | undefined
  readonly accounts: Pick<Accounts, 'findByExternal'>
  readonly channels: Pick<Channels, 'attach'>
}): ApplyDeps['applyPhone'] {
  return async (tx, name, { account: external, phone }) => {
    const provider = deps.findProvider(name as ProviderName)
    const account = await deps.accounts.findByExternal(name as ProviderName, external)
    if (provider === undefined || account === undefined) return []
    const result = await deps.channels.attach(tx, { provider, account, phone })
    return result.type === 'attached' ? provider.numbers.attached(account.link, phone).resolved : []
  }
}
