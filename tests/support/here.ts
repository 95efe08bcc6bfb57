import { realPrefix, startRealBridge } from '../e2e/real-bridge.ts'
import { startSynapse } from '../e2e/synapse.ts'
import { openWorld, type World, type WorldOptions } from './world.ts'

/** Whether the tests of this run that can be told on any homeserver are told on a real Synapse. */
export const isOnSynapse = process.env['MISTOK_TEST_HOMESERVER'] === 'synapse'

/** Whether the bridge is the real framework; only beside a Synapse. */
const isRealBridge = isOnSynapse && process.env['MISTOK_TEST_BRIDGE'] === 'real'

/** What a text must begin with to be a command of this run's bridge. */
export const commandPrefix = isRealBridge ? realPrefix : '!wa'

/** A world on the homeserver of this run: the sandbox's own, or a real Synapse on PostgreSQL (`vitest.e2e.config.ts`), there with either bridge. */
export function openHere(options: Omit<WorldOptions, 'openHomeserver' | 'openBridge' | 'timeScale'>): Promise<World> {
  if (!isOnSynapse) return openWorld({ ...options, timeScale: 0.05 })
  return openWorld({
    ...options,
    timeScale: 0.1,
    ...(isRealBridge ? { openBridge: startRealBridge } : {}),
    openHomeserver: (serverName, registrations) => startSynapse({ serverName, registrations, database: 'postgres', loginLimits: 'high' }),
  })
}
