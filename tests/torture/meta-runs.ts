import { type MetaWorld, openMetaWorld } from './meta-world.ts'

/** What the kills behind Meta's deliveries came to. Everything that is listed is a fault. */
export interface WebhookOutcome {
  /** Messages that were delivered, each in a delivery that was answered with 200 in the end. */
  readonly messages: number
  /** Deliveries that were answered with 200 at once. */
  readonly answered: number
  /** Those of them that were kept and not yet applied when the server was killed. */
  readonly unapplied: number
  /** Deliveries whose answer a kill took away: they came again. */
  readonly cut: number
  /** Deliveries that came again though they had been answered, as they were or in another body. */
  readonly repeated: number
  readonly lost: readonly string[]
  readonly doubled: readonly string[]
  /** Deliveries that were refused. */
  readonly refused: readonly string[]
  /** From each kill until the server took work again, in milliseconds. */
  readonly recoveries: readonly number[]
}

/** What was lost, doubled or refused; empty where nothing was. */
export function webhookFaultsOf({ lost, doubled, refused }: WebhookOutcome): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries(Object.entries({ lost, doubled, refused }).filter(([, each]) => each.length > 0))
}

/** One delivery: its bytes, and what its messages say. */
interface Delivery {
  readonly body: string
  readonly texts: readonly string[]
}

const customers = 6

/**
 * Kills the server right behind the answers to deliveries that came at once: behind the first of them, behind a later one, and so on.
 * What was not answered comes again before the next kill, and so does a part of what was.
 */
export async function killBehindWebhooks({ kills, atOnce }: { kills: number; atOnce: number }): Promise<WebhookOutcome> {
  await using world = await openMetaWorld()
  const written: string[] = []
  const refused: string[] = []
  const recoveries: number[] = []
  const count = { answered: 0, unapplied: 0, cut: 0, repeated: 0 }
  let again: readonly Delivery[] = []
  for (let kill = 0; kill < kills; kill += 1) {
    const fresh = Array.from({ length: atOnce }, (_, n) => delivery(world, [`kill ${kill} delivery ${n}`, kill + n]))
    written.push(...fresh.flatMap(({ texts }) => texts))
    const brought = [...fresh, ...again]
    const answers = await bringAndKill(world, brought, 1 + ((kill * 7) % brought.length))
    refused.push(...brought.filter((_, at) => ![0, 200].includes(answers[at] ?? 0)).map(({ body }) => body))
    const cut = brought.filter((_, at) => answers[at] === 0)
    const done = brought.filter((_, at) => answers[at] === 200)
    const repeats = done.slice(0, 2)
    count.answered += done.length
    count.unapplied += await world.countWaiting(done.map(({ body }) => body))
    count.cut += cut.length
    count.repeated += repeats.length
    // As it was, and in the company of another.
    again = [...cut, ...repeats.slice(0, 1), ...repeats.slice(1).map((one) => joined(one, done.at(-1) ?? one))]
    recoveries.push(await world.server.start())
  }
  for (const { body } of again) if ((await world.deliver(body)) !== 200) refused.push(body)
  const shown = await world.rest()
  await world.server.stop()
  const times = Map.groupBy(shown, (text) => text)
  return {
    messages: written.length,
    ...count,
    lost: written.filter((text) => !times.has(text)),
    doubled: [...times].filter(([, all]) => all.length > 1).map(([text]) => text),
    refused,
    recoveries,
  }
}

/** Brings all of them at once and kills the server as soon as so many are answered; gives the statuses, 0 where no answer came. */
async function bringAndKill({ server, deliver }: MetaWorld, deliveries: readonly Delivery[], after: number): Promise<readonly number[]> {
  let killed: Promise<void> | undefined
  let answered = 0
  const kill = () => (killed ??= server.kill())
  const answers = await Promise.all(
    deliveries.map(async ({ body }) => {
      const status = await deliver(body)
      answered += 1
      if (answered >= after) void kill()
      return status
    }),
  )
  await kill()
  return answers
}

/** A delivery of two entries, to both numbers and with two messages from one customer each. */
function delivery({ account, numbers }: MetaWorld, [name, salt]: readonly [string, number]): Delivery {
  const timestamp = String(Math.floor(Date.now() / 1000))
  const texts: string[] = []
  const entry = numbers.map(({ id, phone }, at) => {
    const from = `38067${String(3_000_000 + (salt % customers))}`
    const messages = [0, 1].map((n) => {
      const text = `${name} number ${at} text ${n}`
      texts.push(text)
      return { from, id: `wamid.${Buffer.from(text).toString('base64')}`, timestamp, type: 'text', text: { body: text } }
    })
    const contacts = [{ wa_id: from, profile: { name: `Customer ${salt % customers}` } }]
    const metadata = { display_phone_number: phone.slice(1), phone_number_id: id }
    return { id: account, changes: [{ field: 'messages', value: { messaging_product: 'whatsapp', metadata, contacts, messages } }] }
  })
  return { texts, body: JSON.stringify({ object: 'whatsapp_business_account', entry }) }
}

function joined(one: Delivery, other: Delivery): Delivery {
  const [first, second] = [one, other].map(({ body }) => JSON.parse(body) as { object: string; entry: unknown[] })
  const entry = [...(first?.entry ?? []), ...(second?.entry ?? [])]
  return { texts: [...one.texts, ...other.texts], body: JSON.stringify({ object: first?.object, entry }) }
}
