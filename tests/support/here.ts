import { startSynapse } from '../e2e/synapse.ts'
import { openWorld, type World, type WorldOptions } from './world.ts'

/** Whether the tests of this run that can be told on any homeserver are told on a real Synapse. */
export const isOnSynapse = process.env['MISTOK_TEST_HOMESERVER'] === 'synapse'

/** A world on the homeserver of this run: the sandbox's own, or a real Synapse on PostgreSQL (`vitest.e2e.config.ts`). */
export function openHere(options: Omit<WorldOptions, 'openHomeserver' | 'timeScale'>): Promise<World> {
  if (!isOnSynapse) return openWorld({ ...options, timeScale: 0.05 })
  return openWorld({
    ...options,
    timeScale: 0.1,
    openHomeserver: (serverName, registrations) => startSynapse({ serverName, registrations, database: 'postgres', loginLimits: 'high' }),
  })
}
