import { setTimeout as sleep } from 'node:timers/promises'
import type { Config } from '../../cli/bridge-config.ts'
import { type RealBridge, startRealBridge } from '../e2e/real-bridge.ts'
import { type Comparison, faultsOf } from './compare.ts'
import type { Outcome } from './demo-runs.ts'
import type { Phones } from './phones.ts'
import { type Calm, type Load, ours, prepare, torture } from './stage.ts'
import { openProductOnSynapse } from './synapse-runs.ts'
import type { Chat } from './traffic.ts'

/** Who is killed beside the bridge of `tests/bridge/`. */
export type BridgeVictim = 'bridge' | 'server' | 'postgres' | 'synapse'

/**
 * When the bridge tells WhatsApp that it has a message: `durable`, when the homeserver has it, as our config says; `default`, when it stands
 * in the bridge's own queue (protocol/bridge.md 8.4).
 */
export type BridgeMode = 'durable' | 'default'

export interface BridgeOutcome extends Outcome {
  readonly mode: BridgeMode
  /** Kills of the bridge or the homeserver, each of which may double a message. */
  readonly doubling: number
}

/**
 * What is a fault with this bridge. By itself it may tell the homeserver a message twice for each time that it dies, as it had not noted yet that
 * the homeserver has it, or that the homeserver dies, which keeps no transaction ids of application services. Of the default mode what comes in
 * is measured, and nothing about it is promised.
 */
export function bridgeFaultsOf({
  comparison,
  mode,
  doubling,
}: Pick<BridgeOutcome, 'comparison' | 'mode' | 'doubling'>): Readonly<Record<string, readonly string[]>> {
  const { inbound_lost, inbound_doubled, ...faults } = faultsOf(comparison)
  if (mode === 'default') return faults
  return {
    ...faults,
    ...(inbound_lost === undefined ? {} : { inbound_lost }),
    ...(inbound_doubled === undefined || inbound_doubled.length <= doubling ? {} : { inbound_doubled }),
  }
}

/** Kills one after the other at random moments under traffic both ways, each time just after customers have written `burst` messages at once. */
export async function killBesideRealBridge(options: {
  victims: readonly BridgeVictim[]
  mode: BridgeMode
  load: Load
  burst: number
  everyMs: number
  calm: Calm
}): Promise<BridgeOutcome> {
  const { victims, mode, load, burst, everyMs, calm } = options
  let bridge: RealBridge | undefined
  const openBridge = async (...place: Parameters<typeof startRealBridge>) => (bridge = await startRealBridge(place[0], configFor(mode)))
  await using world = await openProductOnSynapse('push', { openBridge })
  const { server, synapse, sandboxUrl } = world
  const stage = await prepare({ url: server.state.url, sandboxUrl, load })
  const recoveries: number[] = []
  const killing: Readonly<Record<BridgeVictim, () => Promise<void>>> = {
    async bridge() {
      await bridge?.kill()
      await bridge?.start()
    },
    async server() {
      await server.kill()
      await server.start()
    },
    async postgres() {
      await server.killPostgres()
    },
    async synapse() {
      await synapse.kill()
      await synapse.restart()
    },
  }
  const trouble = async () => {
    for (const [index, victim] of victims.entries()) {
      await sleep(everyMs * (0.2 + Math.random()))
      server.check()
      await writeAtOnce(stage.phones, stage.chats, `burst ${index + 1}`, burst)
      const began = performance.now()
      await killing[victim]()
      recoveries.push(performance.now() - began)
    }
    await sleep(everyMs)
  }
  const doubling = victims.filter((victim) => victim === 'bridge' || victim === 'synapse').length
  // What the default mode loses is waited for until nothing more comes.
  const faults = mode === 'default' ? faultsOf : (comparison: Comparison) => bridgeFaultsOf({ comparison, mode, doubling })
  const { comparison, repeats } = await torture(stage, load, trouble, calm, faults)
  await server.stop()
  return { comparison, repeats, recoveries, mode, doubling }
}

/** One after the other in a chat and all chats at once; resolves when the phones have taken them, which is before the bridge has them. */
async function writeAtOnce(phones: Phones, chats: readonly Chat[], name: string, count: number): Promise<void> {
  const direct = chats.filter(({ place }) => 'to' in place)
  const writing = direct.map(async ({ customers: [writer] }, chat) => {
    for (let n = chat; n < count; n += direct.length) await phones.write(writer, { to: ours }, `${name} ${n + 1}`)
  })
  await Promise.all(writing)
}

function configFor(mode: BridgeMode): ((config: Config) => Config) | undefined {
  if (mode === 'durable') return undefined
  return (config) => ({ ...config, bridge: { ...(config['bridge'] as Config), portal_event_buffer: 64 } })
}
