import { killUnderTraffic, type Outcome, type Victim } from './demo-runs.ts'
import type { Amounts } from './scale-runs.ts'
import { type Road, takeSynapseAway, type SynapseOutcome, type Taking } from './synapse-runs.ts'

/** One run at full length. */
export interface Run {
  readonly name: string
  /** What is done, as the table says it. */
  readonly title: string
  readonly times: number
  readonly run: () => Promise<Outcome | SynapseOutcome>
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

export const runs: readonly Run[] = [
  kills('server', 'server, kill -9', 20, 'server'),
  kills('postgres', 'PostgreSQL, kill -9', 10, 'postgres'),
  kills('both', 'server and PostgreSQL at once, kill -9', 5, 'both'),
  takings('synapse-kill', 'Synapse, kill -9; pushes with audit', 10, 'push', ['kill']),
  takings('synapse-restart', 'Synapse, restarted cleanly; pushes with audit', 10, 'push', ['restart']),
  takings('synapse-sync', 'Synapse, killed and restarted in turn; by sync alone', 10, 'sync', ['kill', 'restart']),
]

/** What is brought at once at full length. */
export const much: Amounts = { chats: 200, historyEach: 50, missed: 5_000, inOne: 800, timelineLimit: 5 }
