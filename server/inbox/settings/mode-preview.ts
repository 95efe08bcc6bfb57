import type { RouteReason } from '../../../contract/error.ts'
import type { ChannelId, UserId } from '../../../contract/ids.ts'
import type { Mode, WhatsappMode, WhatsappModePreview } from '../../../contract/settings.ts'
import { listSituations, readRoads, readSendingState, type Situation } from '../../db/routing.ts'
import type { Db } from '../../db/schema.ts'
import type { Clock } from '../../lib/clock.ts'
import { type Actor, listUsableNumbers } from '../people/access.ts'
import { chooseRoute, hasEffect, type RoadName, type RouteFacts, type RouteNumber } from '../sending/route.ts'
import { roadOf, roadsOf, toNumber } from '../sending/routing.ts'

interface Deps {
  readonly db: Db
  readonly clock: Clock
  readonly mode: () => Promise<Mode>
}

/** The mode as it is set, and whether it changes anything. */
export async function readMode({ db, mode: find }: Omit<Deps, 'clock'>): Promise<WhatsappMode> {
  const [mode, roads] = await Promise.all([find(), readRoads(db)])
  return { mode, has_effect: hasEffect(mode, roadsOf(roads)) }
}

/** What the open conversations would come to with another mode, by the same rules by which messages are sent. */
export async function previewMode({ db, clock, mode }: Deps, wanted: Mode): Promise<WhatsappModePreview> {
  const [present, read, situations, state] = await Promise.all([
    mode(),
    readRoads(db),
    listSituations(db, new Date(clock())),
    readSendingState(db),
  ])
  const roads = roadsOf(read)
  const numbers = await numbersOf(db, situations)
  const reasons = new Map<RouteReason, number>()
  let changed = 0
  for (const situation of situations) {
    const facts = { roads, numbers: numbers.get(situation.sender) ?? [] }
    const [before, after] = [answered(present, situation, facts), answered(wanted, situation, facts)]
    if ('reason' in after) reasons.set(after.reason, (reasons.get(after.reason) ?? 0) + situation.count)
    else if ('channel' in before && before.channel !== after.channel) changed += situation.count
  }
  const { queued, ...ready } = state
  return {
    mode: wanted,
    has_effect: hasEffect(wanted, roads),
    numbers: ready,
    open_conversations: sum(situations.map((one) => one.count)),
    change_number: changed,
    unanswerable: sum([...reasons.values()]),
    reasons: [...reasons].map(([reason, count]) => ({ reason, count })).toSorted((a, b) => b.count - a.count),
    queued_messages: queued,
  }
}

/** The number that a text would leave from, or why it could not. */
function answered(
  mode: Mode,
  { channel_id, provider, type, sender, chats, addresses }: Situation,
  given: { readonly roads: readonly RoadName[]; readonly numbers: readonly RouteNumber[] },
): { readonly channel: ChannelId } | { readonly reason: RouteReason } {
  const facts: RouteFacts = {
    ...given,
    mode,
    rerouting: 'auto',
    sender: sender ?? '',
    named: null,
    conversation: { channel: channel_id, road: roadOf(provider), type },
    chats: chats.map((chat) => ({
      channel: chat.channel_id,
      talked: chat.has_messages,
      windowOpen: chat.is_open,
      excluded: chat.is_excluded,
    })),
    addresses: addresses.map((address) => ({ type: address, value: '' })),
    message: { type: 'text', answersElsewhere: false },
    line: null,
  }
  const route = chooseRoute(facts)
  if (route.kind === 'stay') return { channel: channel_id }
  if (route.kind === 'refuse') return { reason: route.reason }
  const road = given.numbers.find((number) => number.id === route.channel)?.road
  const asked = chooseRoute({ ...facts, line: { connected: true, takes: ['text'], windowed: road === 'classical' } })
  return asked.kind === 'refuse' ? { reason: asked.reason } : { channel: route.channel }
}

/** The numbers that each of those who answer may use; who is not named may use what is shared. */
async function numbersOf(db: Db, situations: readonly Situation[]): Promise<ReadonlyMap<string | null, readonly RouteNumber[]>> {
  const numbers = new Map<string | null, readonly RouteNumber[]>()
  for (const [sender, all] of Map.groupBy(situations, (one) => one.sender)) {
    const among = [...new Set(all.flatMap((one) => one.chats.map((chat) => chat.channel_id)))]
    numbers.set(sender, (await listUsableNumbers(db, await actorOf(db, sender), among)).map(toNumber))
  }
  return numbers
}

async function actorOf(db: Db, sender: string | null): Promise<Actor> {
  const row =
    sender === null
      ? undefined
      : await db
          .selectFrom('users')
          .select(['id', 'name', 'role'])
          .where('id', '=', sender as UserId)
          .executeTakeFirst()
  return { kind: 'user', ...(row ?? { id: '' as UserId, name: '', role: 'admin' }) }
}

function sum(counts: readonly number[]): number {
  return counts.reduce((all, one) => all + one, 0)
}
