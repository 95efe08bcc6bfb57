import { setTimeout as sleep } from 'node:timers/promises'
import type { Config } from '../../cli/stack/bridge-config.ts'
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
  /** The deaths of the bridge and of the homeserver, in the order of their coming. */
  readonly deaths: readonly Death[]
}

/** A death that may double the message that the bridge had in hand. */
export interface Death {
  readonly victim: BridgeVictim
  /** What was doubled by it: written before, noted by the bridge only after it, and by no later death. */
  readonly doubled: readonly string[]
}

/** What WhatsApp's side knew while somebody was dead: which messages were written, and which of them the bridge had noted as brought. */
interface AtDeath {
  readonly victim: BridgeVictim
  readonly written: ReadonlySet<string>
  readonly noted: ReadonlySet<string>
}

/**
 * What is a fault with this bridge. By itself it may tell the homeserver a message twice for each time that it dies, as it had not noted yet that
 * the homeserver has it, or that the homeserver dies, which keeps no transaction ids of application services. Of the default mode what comes in
 * is measured, and nothing about it is promised.
 */
export function bridgeFaultsOf({
  comparison,
  mode,
  deaths,
}: Pick<BridgeOutcome, 'comparison' | 'mode' | 'deaths'>): Readonly<Record<string, readonly string[]>> {
  const { inbound_lost, inbound_doubled, ...faults } = faultsOf(comparison)
  if (mode === 'default') return faults
  const explained = new Set(deaths.flatMap(({ doubled }) => doubled.slice(0, 1)))
  const unexplained = inbound_doubled?.filter((text) => !explained.has(text)) ?? []
  return {
    ...faults,
    ...(inbound_lost === undefined ? {} : { inbound_lost }),
    ...(unexplained.length === 0 ? {} : { inbound_doubled: unexplained }),
  }
}

/** Which death each doubled message came by: the last one that found it written and not yet noted. One that no death explains is in none. */
function blame(found: readonly AtDeath[], doubled: readonly string[]): readonly Death[] {
  const cause = (text: string) => found.findLastIndex(({ written, noted }) => written.has(text) && !noted.has(text))
  return found.map(({ victim }, index) => ({ victim, doubled: doubled.filter((text) => cause(text) === index) }))
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
  const found: AtDeath[] = []
  const lookAtDead = async (victim: BridgeVictim) => {
    const lines = (await stage.phones.ledger()).filter(({ from }) => from !== ours)
    const textsOf = (which: typeof lines) => new Set(which.map(({ text = '' }) => text))
    found.push({ victim, written: textsOf(lines), noted: textsOf(lines.filter(({ bridged }) => bridged.length > 0)) })
  }
  const killing: Readonly<Record<BridgeVictim, () => Promise<void>>> = {
    async bridge() {
      await bridge?.kill()
      await lookAtDead('bridge')
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
      await lookAtDead('synapse')
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
  const outcomeOf = (comparison: Comparison) => ({ comparison, mode, deaths: blame(found, comparison.inbound.doubled) })
  // What the default mode loses is waited for until nothing more comes.
  const faults = mode === 'default' ? faultsOf : (comparison: Comparison) => bridgeFaultsOf(outcomeOf(comparison))
  const { comparison, repeats } = await torture(stage, load, trouble, calm, faults).catch((error: unknown) => {
    // A server that has ended says why better than the call that did not reach it.
    server.check()
    throw error
  })
  await server.stop()
  return { ...outcomeOf(comparison), repeats, recoveries }
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
