import { spawnSync } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Login } from '../../contract/login.ts'
import type { Message } from '../../contract/message.ts'
import type { User } from '../../contract/user.ts'
import { type RealBridge, startRealBridge } from '../../tests/e2e/real-bridge.ts'
import { waitFor } from '../../tests/e2e/wait.ts'
import { type Api, signIn } from '../../tests/torture/api.ts'
import { follow, type Follower } from '../../tests/torture/follower.ts'
import { openPhones, type Phones } from '../../tests/torture/phones.ts'
import { admin } from '../../tests/torture/stage.ts'
import { openProductOnSynapse } from '../../tests/torture/synapse-runs.ts'
import { serverFlags } from '../bootstrap.mjs'
import type { Bench } from './bench.ts'
import type { Row } from './report.ts'
import { median, percentile } from './stats.ts'

/** How many people have linked a phone; each step goes on from the one before. */
const steps = [25, 50, 100, 200]
const atOnce = 3
const perSecond = 10
const seconds = 30
/** So many of the people look at their inbox while customers write to all of them. */
const watching = 8
const password = 'a password for linking'

/** What the page says before the figures. */
export const howLinked = [
  'Number 25 of the acceptance checks of a bridge (`docs/verify-live.md`), with as many as two cores allow, and its trend: `mistok serve`, a real Synapse',
  'on PostgreSQL and the real bridge framework (`tests/bridge/`), each a process of its own, and the phones beside them. Every person has an account and a',
  'phone of their own; customers write to all of them, and eight of them watch their inbox.',
]

/** Number 25 of protocol/bridge.md 13, with as many as this machine allows: each person with an account and a phone of their own. */
export async function measureLinked({ say }: Bench): Promise<Row[]> {
  let bridge: RealBridge | undefined
  const openBridge = async (...[place]: Parameters<typeof startRealBridge>) => (bridge = await startRealBridge(place))
  await using world = await openProductOnSynapse('push', { openBridge, flags: serverFlags })
  const { server, synapse, sandboxUrl } = world
  const pids = () => ({ server: server.state.pid, bridge: bridge?.pid, Synapse: synapse.pid })
  const phones = openPhones(sandboxUrl)
  const boss = await signIn(server.state.url, admin.email, admin.password)
  const rows: Row[] = []
  const samples: { readonly lag: Lag; readonly follower: Follower }[] = []
  for (const [index, count] of steps.entries()) {
    const from = steps[index - 1] ?? 0
    const began = performance.now()
    await linkAll(boss, phones, from, count)
    const each = (performance.now() - began) / (count - from)
    await begin(phones, from, count)
    while (samples.length < watching) samples.push(await watch(server.state.url, samples.length))
    const took = await write(phones, samples, count)
    const memory = Object.entries(pids()).map(([name, pid]) => `${name} ${megabytes(pid)}`)
    const measured = `p50 ${ms(median(took))}, p95 ${ms(percentile(took, 0.95))}; linked in ${ms(each)} each; ${memory.join(', ')}`
    say(`${count} phones: ${measured}`)
    rows.push({
      what: `${count} phones linked at the real bridge, ${perSecond} messages/s to them: written → server-sent event`,
      atLeast: 'p95 ≤ 2 s',
      measured,
      isMet: percentile(took, 0.95) <= 2_000,
    })
  }
  for (const { follower } of samples) await follower.stop()
  await server.stop()
  return rows
}

const phoneOf = (person: number) => `+38067${String(5_000_101 + person)}`
/** Each has one, who writes to nobody else. */
const customerOf = (person: number) => `+38050${String(6_000_101 + person)}`
const emailOf = (person: number) => `agent${person}@mistok.test`

async function linkAll(boss: Api, phones: Phones, from: number, to: number): Promise<void> {
  let next = from
  const worker = async () => {
    while (next < to) await link(boss, phones, next++)
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
}

/** As their admin does it for them. */
async function link(boss: Api, phones: Phones, person: number): Promise<void> {
  const user = await boss.need<User>('POST', '/users', { email: emailOf(person), password, name: `Agent ${person}`, role: 'agent' })
  const path = `/integrations/matrix/users/${user.id}/connect-whatsapp`
  const { qr } = await boss.need<Login>('POST', path, {})
  await phones.scan(phoneOf(person), qr?.data ?? '')
  const isLinked = async () => (await boss.need<Login>('GET', path)).status === 'connected'
  await waitFor(isLinked, { what: `phone ${person + 1} to be linked`, timeout: 60_000, interval: 100 })
}

/** The first message of each customer, which makes the room. */
async function begin(phones: Phones, from: number, to: number): Promise<void> {
  for (let person = from; person < to; person += 1) await phones.write(customerOf(person), { to: phoneOf(person) }, `hello ${person}`)
  const isBridged = async () => (await phones.ledger()).every(({ bridged }) => bridged.length > 0)
  await waitFor(isBridged, { what: 'every room to be made', timeout: 300_000, interval: 500 })
}

/** When each text was written, and how long those took that have been told. */
interface Lag {
  readonly writtenAt: Map<string, number>
  readonly took: number[]
}

async function watch(url: string, person: number): Promise<{ lag: Lag; follower: Follower }> {
  const lag: Lag = { writtenAt: new Map(), took: [] }
  const hear = (message: Message) => {
    const began = message.type === 'text' ? lag.writtenAt.get(message.text) : undefined
    if (began !== undefined) lag.took.push(performance.now() - began)
  }
  const follower = follow(await signIn(url, emailOf(person), password), hear)
  await waitFor(() => follower.connections > 0, { what: 'the event stream' })
  return { lag, follower }
}

/** Customers write to everybody in turn; the lags of those who watch. */
async function write(phones: Phones, samples: readonly { readonly lag: Lag }[], people: number): Promise<readonly number[]> {
  for (const { lag } of samples) {
    lag.writtenAt.clear()
    lag.took.length = 0
  }
  const writing: Promise<void>[] = []
  const start = performance.now()
  for (let n = 0; n < perSecond * seconds; n += 1) {
    const due = start + (n * 1_000) / perSecond - performance.now()
    if (due > 0) await sleep(due)
    const person = n % people
    const text = `message ${n + 1} of ${people}`
    samples[person]?.lag.writtenAt.set(text, performance.now())
    writing.push(phones.write(customerOf(person), { to: phoneOf(person) }, text))
  }
  await Promise.all(writing)
  const isAllThere = () => samples.every(({ lag }) => lag.took.length === lag.writtenAt.size)
  await waitFor(isAllThere, { what: 'every message on the streams', timeout: 120_000 })
  return samples.flatMap(({ lag }) => lag.took)
}

function megabytes(pid: number | undefined): string {
  const { stdout } = spawnSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' })
  return `${((Number(stdout) * 1024) / 1_000_000).toFixed(0)} MB`
}

const ms = (value: number) => `${value.toFixed(0)} ms`
