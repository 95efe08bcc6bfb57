import { waitFor } from '../e2e/wait.ts'
import type { Api } from './api.ts'
import { listConversations, listMessages, signIn } from './api.ts'
import { type LedgerLine, openPhones, type Phones } from './phones.ts'
import { admin, link, ours } from './stage.ts'
import { openProductOnSynapse } from './synapse-runs.ts'

/** How much there is. `inOne` of what is missed is in one chat; `timelineLimit` is what the homeserver tells of a room at once. */
export interface Amounts {
  readonly chats: number
  readonly historyEach: number
  readonly missed: number
  readonly inOne: number
  readonly timelineLimit: number
}

/** What came of one bringing: messages by what is wrong with them, and how long it took from the moment when it could begin. */
export interface Brought {
  readonly messages: number
  readonly lost: number
  readonly doubled: number
  /** Chats whose messages do not stand as WhatsApp has them. */
  readonly disordered: number
  readonly tookMs: number
}

export interface MuchBrought {
  readonly history: Brought
  readonly missed: Brought
}

/** Whether anything was lost, doubled or out of order. */
export function isFaulty({ history, missed }: MuchBrought): boolean {
  return [history, missed].some(({ lost, doubled, disordered }) => lost + doubled + disordered > 0)
}

const patienceMs = 1_800_000

/** On a real Synapse and by sync alone: the history of many chats on linking, then much that was written while the server was away. */
export async function bringMuch(amounts: Amounts): Promise<MuchBrought> {
  await using world = await openProductOnSynapse('sync', { timelineLimit: amounts.timelineLimit })
  const { server, sandboxUrl } = world
  const phones = openPhones(sandboxUrl)
  const boss = await signIn(server.state.url, admin.email, admin.password)
  await phones.history(ours, historyOf(amounts))
  const history = await timed(async () => {
    await link(boss, phones)
    return bothSides(boss, phones)
  })
  await server.stop()
  for (const { from, to, text } of missedOf(amounts)) await phones.write(from, { to }, text)
  await waitFor(async () => (await phones.ledger()).every(isBridged), {
    what: 'the bridge to bring it all',
    timeout: patienceMs,
    interval: 2_000,
  })
  const missed = await timed(async () => {
    await server.start()
    return bothSides(await signIn(server.state.url, admin.email, admin.password), phones)
  })
  await server.stop()
  return { history, missed: { ...missed, messages: amounts.missed } }
}

async function timed(work: () => Promise<Omit<Brought, 'tookMs'>>): Promise<Brought> {
  const began = performance.now()
  return { ...(await work()), tookMs: performance.now() - began }
}

const isBridged = (line: LedgerLine) => line.bridged.length > 0

/** Waits until the inbox has as many messages as the ledger and rests, then compares them chat by chat. */
async function bothSides(api: Api, phones: Phones): Promise<Omit<Brought, 'tookMs'>> {
  const isThere = async () => {
    const { inbound_waiting, jobs_waiting } = await api.need<{ inbound_waiting: number; jobs_waiting: number }>('GET', '/operations')
    if (inbound_waiting + jobs_waiting > 0) return false
    const ledger = await phones.ledger()
    if (!ledger.every(isBridged)) return false
    const inbox = await textsByPhone(api)
    return [...inbox.values()].flat().length >= ledger.length && { inbox, ledger }
  }
  const { inbox, ledger } = await waitFor(isThere, { what: 'everything to be in the inbox', timeout: patienceMs, interval: 3_000 })
  const chats = Map.groupBy(ledger, ({ from, to }) => (from === ours ? to : from) ?? '')
  const faults = { lost: 0, doubled: 0, disordered: 0 }
  for (const [phone, lines] of chats) {
    const wanted = lines.map(({ text = '' }) => text)
    const found = inbox.get(phone) ?? []
    faults.lost += wanted.filter((text) => !found.includes(text)).length
    faults.doubled += found.length - new Set(found).size
    if (found.join('\n') !== wanted.join('\n')) faults.disordered += 1
  }
  return { messages: ledger.length, ...faults }
}

async function textsByPhone(api: Api): Promise<ReadonlyMap<string, readonly string[]>> {
  const found = new Map<string, readonly string[]>()
  for (const { id, contact } of await listConversations(api)) {
    const messages = await listMessages(api, id)
    found.set(
      contact?.phone ?? id,
      messages.map((message) => ('text' in message ? (message.text ?? '') : message.type)),
    )
  }
  return found
}

const customer = (index: number) => `+38050${String(2_000_101 + index)}`

function historyOf({ chats, historyEach }: Amounts): readonly object[] {
  return Array.from({ length: chats }, (_, chat) => ({
    with: customer(chat),
    name: `Customer ${chat + 1}`,
    messages: Array.from({ length: historyEach }, (__, index) => ({
      from_me: index % 3 === 1,
      read: true,
      text: `long ago ${chat + 1}.${index + 1}`,
      sent_at: new Date(Date.UTC(2026, 9, 20, 8, chat % 60, index)).toISOString(),
    })),
  }))
}

/** Each tenth one was typed on our own phone. */
function missedOf({ chats, missed, inOne }: Amounts) {
  return Array.from({ length: missed }, (_, index) => {
    const other = customer(index < inOne ? 0 : 1 + (index % (chats - 1)))
    return { ...(index % 10 === 9 ? { from: ours, to: other } : { from: other, to: ours }), text: `missed ${index + 1}` }
  })
}
