import fc from 'fast-check'
import { number, waba } from '../../server/providers/cloud/testing.ts'
import { anyDelivery } from '../support/any-delivery.ts'
import { readBroken } from '../support/broken-reading.ts'
import { type MetaWorld, openMetaWorld } from './meta-world.ts'

/** What came of broken deliveries, each with one whole message beside what is broken. Everything that is listed is a fault. */
export interface BodiesOutcome {
  readonly bodies: number
  /** Whole messages that are not in the inbox, or there twice. */
  readonly lost: readonly string[]
  readonly doubled: readonly string[]
  /** Deliveries that were answered otherwise than by 200. */
  readonly refused: readonly string[]
  /** Deliveries of which the reading lost an id, threw, or was another the second time. */
  readonly misread: readonly string[]
  /** From the first delivery until the last was applied, in milliseconds. */
  readonly tookMs: number
}

/** What went wrong; empty where nothing did. */
export function bodiesFaultsOf({ lost, doubled, refused, misread }: BodiesOutcome): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries(Object.entries({ lost, doubled, refused, misread }).filter(([, each]) => each.length > 0))
}

const drawnAtOnce = 1_000
const broughtAtOnce = 8
/** What is broken is said anew under so many names, that not all of it is a repetition. */
const names = 500

/** Brings so many broken deliveries to a server, which has to take each, and to go on. */
export async function breakBodies(bodies: number): Promise<BodiesOutcome> {
  await using world = await openMetaWorld()
  const [refused, misread]: [string[], string[]] = [[], []]
  const began = performance.now()
  for (let start = 0; start < bodies; start += drawnAtOnce) {
    const drawn = fc.sample(anyDelivery, Math.min(drawnAtOnce, bodies - start)).map((body) => JSON.stringify(body))
    misread.push(...drawn.filter(isMisread))
    const waiting = drawn.map((broken, at) => withWhole(world, broken, start + at)).values()
    const bring = async () => {
      for (const body of waiting) if ((await world.deliver(body)) !== 200) refused.push(body)
    }
    await Promise.all(Array.from({ length: broughtAtOnce }, bring))
    world.server.check()
  }
  const shown = await world.rest()
  const tookMs = performance.now() - began
  await world.server.stop()
  const times = Map.groupBy(shown, (text) => text)
  const whole = Array.from({ length: bodies }, (_, n) => wholeText(n))
  return {
    bodies,
    lost: whole.filter((text) => !times.has(text)),
    doubled: whole.filter((text) => (times.get(text)?.length ?? 0) > 1),
    refused,
    misread,
    tookMs,
  }
}

function isMisread(body: string): boolean {
  try {
    return readBroken(body).wrong.length > 0
  } catch {
    return true
  }
}

const wholeText = (n: number) => `whole ${n}`

/** The broken delivery as if it were for our own number, and behind it in the same body one that is whole. */
function withWhole({ account, numbers }: MetaWorld, broken: string, n: number): string {
  const id = numbers[0]?.id ?? ''
  const ours = broken
    .replaceAll(number, id)
    .replaceAll(waba, account)
    .replaceAll('wamid.', `wamid.${n % names}.`)
  const { entry = [], ...rest } = JSON.parse(ours) as { entry?: unknown }
  const text = wholeText(n)
  const message = {
    from: `38067${String(4_000_000 + (n % 50))}`,
    id: `wamid.${text}`,
    timestamp: '1764000000',
    type: 'text',
    text: { body: text },
  }
  const value = { messaging_product: 'whatsapp', metadata: { phone_number_id: id }, messages: [message] }
  const whole = { id: account, changes: [{ field: 'messages', value }] }
  return JSON.stringify({ ...rest, entry: [...(Array.isArray(entry) ? (entry as unknown[]) : [entry]), whole] })
}
