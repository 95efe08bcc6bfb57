import type { DeadLetter } from '../db/dead-letters.ts'
import { type KeptBatch, type listWaitingBatches, loadFacts } from '../db/inbound.ts'
import type { Tx } from '../db/schema.ts'
import { messageOf } from '../lib/errors.ts'
import type { Json } from '../lib/json.ts'
import type { Facts, InboundEvent, Parsed, ParsedItem, Provider } from '../providers/provider.ts'

/** At most so many events in one transaction, so that none of them holds the change feed back for long. */
export const eventsAtOnce = 500

/** What a few batches say, put together in their order. */
export interface Reading {
  readonly events: readonly InboundEvent[]
  readonly parsed: readonly Parsed[]
  readonly batches: readonly KeptBatch[]
  /** Batches on which the reading itself broke: they are put aside whole. */
  readonly broken: readonly DeadLetter[]
  /** Others wait, or will once this is applied. */
  readonly more: boolean
}

/** Where what was not understood comes back. */
export const rereadStream = 'reread'

function isSaid(item: ParsedItem): item is InboundEvent {
  return item.type !== 'deferred' && item.type !== 'dead' && item.type !== 'unknown'
}

/** Parses batches in their order, each knowing what the ones before it have taught, until there is enough for one transaction. */
export async function read(
  tx: Tx,
  provider: Provider,
  { batches, more }: Awaited<ReturnType<typeof listWaitingBatches>>,
): Promise<Reading> {
  const broken = new Map<string, DeadLetter>()
  const intake = careful(provider.intake, broken)
  const facts = new Map<string, Json>()
  const asked = new Set<string>()
  await learn(batches)
  const events: InboundEvent[] = []
  const parsed: Parsed[] = []
  for (const batch of batches) {
    // What an earlier one has taught may lead to facts that nobody could name before.
    if (parsed.some((one) => one.facts.length > 0)) await learn([batch])
    const one = intake.parse(batch, facts)
    const said = one.items
      .filter(isSaid)
      .map((event) => (batch.stream === rereadStream && event.type === 'message' ? { ...event, again: true as const } : event))
    if (events.length > 0 && events.length + said.length > eventsAtOnce) break
    events.push(...said)
    parsed.push(one)
    for (const fact of one.facts) facts.set(fact.key, fact.value)
  }
  const releases = parsed.some(({ resolved }) => resolved.length > 0)
  const done = batches.slice(0, parsed.length)
  const letters = done.flatMap(({ id }) => broken.get(id) ?? [])
  return { events, parsed, broken: letters, batches: done, more: more || parsed.length < batches.length || releases }

  /** Loads what the batches need to know, as far as that can be told by now, once each. */
  async function learn(some: readonly KeptBatch[]): Promise<void> {
    for (;;) {
      const missing = [...new Set(some.flatMap((batch) => intake.factKeys(batch, facts)))].filter((key) => !asked.has(key))
      if (missing.length === 0) return
      for (const key of missing) asked.add(key)
      const found = await loadFacts(tx, provider.name, missing)
      for (const [key, value] of found) if (!facts.has(key)) facts.set(key, value)
    }
  }
}

type Read = Pick<Provider['intake'], 'factKeys' | 'parse'>

/**
 * A provider's reading is to break on nothing that comes. Should it, by a fault of its own, then on that batch alone: one that was tried
 * for ever would hold up all that came after it.
 */
function careful(
  intake: Read,
  broken: Map<string, DeadLetter>,
): { factKeys(batch: KeptBatch, facts: Facts): readonly string[]; parse(batch: KeptBatch, facts: Facts): Parsed } {
  const guard = <T>(batch: KeptBatch, work: () => T, nothing: T): T => {
    if (broken.has(batch.id)) return nothing
    try {
      return work()
    } catch (error) {
      broken.set(batch.id, { raw: { batch: { stream: batch.stream, body: batch.body } }, error: messageOf(error) })
      return nothing
    }
  }
  return {
    factKeys: (batch, facts) => guard(batch, () => intake.factKeys(batch, facts), []),
    parse: (batch, facts) => guard(batch, () => intake.parse(batch, facts), { items: [], facts: [], tasks: [], resolved: [] }),
  }
}
