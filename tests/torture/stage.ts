import { setTimeout as sleep } from 'node:timers/promises'
import type { Conversation } from '../../contract/conversation.ts'
import type { Login } from '../../contract/login.ts'
import { waitFor } from '../e2e/wait.ts'
import { type Api, listConversations, signIn } from './api.ts'
import { compare, type Comparison, faultsOf } from './compare.ts'
import { follow, type Follower } from './follower.ts'
import { openPhones, type Phones } from './phones.ts'
import { type Chat, startTraffic, type Traffic } from './traffic.ts'

/** The first admin of a server under torture. */
export const admin = { email: 'admin@mistok.test', password: 'a password for torture' }
/** The number that the inbox answers from. */
export const ours = '+380671112233'
const agent = { email: 'agent@mistok.test', password: 'another one for torture', name: 'Agent' }

/** A linked number with chats that have begun, an agent who is signed in, and a reader of the event stream. */
export interface Stage {
  readonly admin: Api
  readonly agent: Api
  readonly phones: Phones
  readonly chats: readonly Chat[]
  readonly follower: Follower
}

/** How much is written. */
export interface Load {
  readonly chats: number
  readonly pauseMs: number
}

/** Links the number as shared, makes the agent, and lets each customer, and two of them in a group, begin a chat. */
export async function prepare({ url, sandboxUrl, load }: { url: string; sandboxUrl: string; load: Load }): Promise<Stage> {
  const phones = openPhones(sandboxUrl)
  const boss = await signIn(url, admin.email, admin.password)
  await phones.name(ours, 'Our shop')
  await link(boss, phones)
  await boss.need('POST', '/users', { ...agent, role: 'agent' })
  const person = await signIn(url, agent.email, agent.password)
  const follower = follow(person)
  await waitFor(() => follower.connections > 0, { what: 'the event stream' })

  const customers = Array.from({ length: load.chats }, (_, index) => `+38050111${String(index).padStart(4, '0')}`)
  for (const [index, phone] of customers.entries()) await phones.name(phone, `Customer ${index}`)
  const [first = '', second = ''] = customers
  const group = await phones.group('The group', [ours, first, second])
  const begun = [
    ...customers.map((phone, index) => ({ name: `chat ${index}`, customers: [phone] as const, place: { to: ours } })),
    { name: 'group', customers: [first, second] as const, place: { group } },
  ]
  for (const {
    name,
    customers: [writer],
    place,
  } of begun)
    await phones.write(writer, place, `${name} in 0`)
  const found = await waitFor(() => findAll(person, begun), { what: 'every chat to be in the inbox', timeout: 30_000, interval: 200 })
  return {
    admin: boss,
    agent: person,
    phones,
    follower,
    chats: begun.map((chat, index) => ({ ...chat, conversation: found[index] ?? '' })),
  }
}

/** Links the number, as shared, by QR. */
export async function link(boss: Api, phones: Phones): Promise<void> {
  const path = '/integrations/matrix/users/me/connect-whatsapp'
  const { qr } = await boss.need<Login>('POST', path, { access: 'shared', name: 'Shop' })
  await phones.scan(ours, qr?.data ?? '')
  const linked = async () => {
    const login = await boss.need<Login>('GET', path)
    return login.status === 'connected' && login
  }
  const { channel_id } = await waitFor(linked, { what: 'the phone to be linked', timeout: 30_000, interval: 200 })
  // As fast as it goes: linked numbers are held to a pace otherwise.
  await boss.need('PATCH', `/channels/${channel_id}`, { pace: { messages_per_minute: 600 } })
}

async function findAll(api: Api, begun: readonly Omit<Chat, 'conversation'>[]): Promise<readonly string[] | undefined> {
  const conversations = await listConversations(api)
  const ids = begun.map(({ name, customers: [phone], place }) => {
    const isIt = (one: Conversation) => ('group' in place ? one.type === 'group' : one.type === 'direct' && one.contact?.phone === phone)
    return conversations.find((one) => isIt(one) && one.last_message?.preview === `${name} in 0`)?.id
  })
  return ids.every((id) => id !== undefined) ? ids : undefined
}

/** Writes both ways while `trouble` goes on, waits until everything has settled, which is when no `faults` are left, and compares. */
export async function torture(
  stage: Stage,
  load: Load,
  trouble: () => Promise<void>,
  calm: Calm,
  faults: (comparison: Comparison) => Readonly<Record<string, readonly string[]>> = faultsOf,
): Promise<{ comparison: Comparison; repeats: number }> {
  const traffic = startTraffic({ ...stage, pauseMs: load.pauseMs })
  try {
    await trouble()
  } catch (error) {
    traffic.abandon()
    throw error
  }
  await traffic.stop()
  const comparison = await settle(stage, traffic, calm, faults)
  await stage.follower.stop()
  if (stage.follower.broken !== undefined) throw new Error(`the event stream could not be resumed: ${stage.follower.broken}`)
  return { comparison, repeats: traffic.repeats }
}

/** How long to wait for rest while nothing gets better, and how long after it for what should not come, in milliseconds. */
export interface Calm {
  readonly patienceMs: number
  readonly afterMs: number
}

async function settle(
  stage: Stage,
  traffic: Traffic,
  { patienceMs, afterMs }: Calm,
  faults: (comparison: Comparison) => Readonly<Record<string, readonly string[]>>,
): Promise<Comparison> {
  const { phones, agent: api, chats, follower } = stage
  const look = () => compare({ phones, api, ours, chats, traffic, follower })
  const countOpen = async () => {
    // Whatever has arrived is read, so that every message of ours ends as read.
    for (const { customers, place } of chats) for (const customer of customers) await phones.read(customer, place)
    const { inbound_waiting, outbox_waiting } = await stage.admin.need<{ inbound_waiting: number; outbox_waiting: number }>(
      'GET',
      '/operations',
    )
    return inbound_waiting + outbox_waiting + Object.values(faults(await look())).flat().length
  }
  // Where it never comes to rest, the comparison says why. A slow machine may take long, as long as it gets on.
  let fewest = Number.POSITIVE_INFINITY
  for (let deadline = performance.now() + patienceMs; fewest > 0 && performance.now() < deadline; await sleep(1_000)) {
    const open = await countOpen().catch(() => Number.POSITIVE_INFINITY)
    if (open < fewest) deadline = performance.now() + patienceMs
    fewest = Math.min(fewest, open)
  }
  await sleep(afterMs)
  return look()
}
