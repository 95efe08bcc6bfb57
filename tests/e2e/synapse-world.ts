import { openWorld, type World, type WorldOptions } from '../support/world.ts'
import { startSynapse } from './synapse.ts'

/** The product beside a real Synapse on PostgreSQL, with the sandbox's bridge and phones. */
export function openSynapseWorld(
  options: Omit<WorldOptions, 'openHomeserver' | 'timeScale'> & { readonly loginLimits: 'default' | 'high'; readonly timeScale?: number },
): Promise<World> {
  return openWorld({
    timeScale: 0.1,
    ...options,
    openHomeserver: (serverName, registrations) =>
      startSynapse({ serverName, registrations, database: 'postgres', loginLimits: options.loginLimits }),
  })
}
