import { type BridgeMode, type BridgeOutcome, type BridgeVictim, killBesideRealBridge } from './bridge-runs.ts'
import { killUnderTraffic, type Outcome, type Victim } from './demo-runs.ts'
import type { Amounts } from './scale-runs.ts'
import { type Road, takeSynapseAway, type SynapseOutcome, type Taking } from './synapse-runs.ts'

/** One run at full length. */
export interface Run {
  readonly name: string
  /** What is done, as the table says it. */
  readonly title: string
  readonly times: number
  readonly run: () => Promise<Outcome | SynapseOutcome | BridgeOutcome>
}

/** An audit comes every 30 s: what it might double shows within that time. */
const calm = { patienceMs: 180_000, afterMs: 35_000 }

function kills(name: string, title: string, times: number, victim: Victim): Run {
  const victims = Array.from({ length: times }, () => victim)
  return { name, title, times, run: () => killUnderTraffic({ victims, load: { chats: 6, pauseMs: 500 }, everyMs: 2_000, calm }) }
}

function takings(name: string, title: string, times: number, road: Road, how: readonly Taking[]): Run {
  const each = Array.from({ length: times }, (_, index) => how[index % how.length] ?? 'kill')
  return { name, title, times, run: () => takeSynapseAway({ takings: each, road, load: { chats: 5, pauseMs: 800 }, everyMs: 3_000, calm }) }
}

/** Messages that are under way to the homeserver when somebody dies. */
const burst = 40

function besideRealBridge(name: string, title: string, times: number, mode: BridgeMode, who: readonly BridgeVictim[]): Run {
  const victims = Array.from({ length: times }, (_, index) => who[index % who.length] ?? 'bridge')
  const run = () =>
    killBesideRealBridge({
      victims,
      mode,
      load: { chats: 5, pauseMs: 800 },
      burst,
      everyMs: 4_000,
      calm: mode === 'default' ? { ...calm, patienceMs: 100_000 } : calm,
    })
  return { name, title, times, run }
}

export const runs: readonly Run[] = [
  kills('server', 'server, kill -9', 20, 'server'),
  kills('postgres', 'PostgreSQL, kill -9', 10, 'postgres'),
  kills('both', 'server and PostgreSQL at once, kill -9', 5, 'both'),
  takings('synapse-kill', 'Synapse, kill -9; pushes with audit', 10, 'push', ['kill']),
  takings('synapse-restart', 'Synapse, restarted cleanly; pushes with audit', 10, 'push', ['restart']),
  takings('synapse-sync', 'Synapse, killed and restarted in turn; by sync alone', 10, 'sync', ['kill', 'restart']),
  besideRealBridge('bridge', 'real bridge, durable mode, kill -9', 10, 'durable', ['bridge']),
  besideRealBridge('anyone', 'real bridge, durable mode, or server, Synapse, PostgreSQL, kill -9', 12, 'durable', [
    'bridge',
    'server',
    'synapse',
    'postgres',
  ]),
  besideRealBridge('bridge-default', 'real bridge, default mode, kill -9', 10, 'default', ['bridge']),
]

/** What is brought at once at full length. */
export const much: Amounts = { chats: 200, historyEach: 50, missed: 5_000, inOne: 800, timelineLimit: 5 }

/** The kills behind Meta's deliveries, and how many broken ones are brought. */
export const meta = { title: 'server, kill -9 behind its answers to Meta', kills: 100, atOnce: 12, bodies: 100_000 }
