import type { Message } from '../../contract/message.ts'
import { type Api, listConversations, listMessages } from './api.ts'
import type { Follower } from './follower.ts'
import type { Phones } from './phones.ts'
import type { Chat, Sent, Traffic } from './traffic.ts'

/** What one way of the traffic came to. Everything that is listed is a fault. */
interface Way {
  readonly messages: number
  readonly lost: readonly string[]
  readonly doubled: readonly string[]
  readonly disordered: readonly string[]
}

/** The sandbox's ledger against the inbox, in both directions, and the event stream against the inbox. */
export interface Comparison {
  readonly inbound: Way
  readonly outbound: Way & {
    /** Said to be in doubt at the end: `unconfirmed_since` stands on them. No fault, but counted. */
    readonly unconfirmed: readonly string[]
    /** Neither delivered nor in doubt. */
    readonly unsettled: readonly string[]
  }
  readonly stream: {
    readonly messages: number
    readonly missed: readonly string[]
    readonly repeated: number
    readonly connections: number
  }
  /** What cannot be in the inbox, because nobody wrote it. */
  readonly invented: readonly string[]
}

export interface Compared {
  readonly phones: Phones
  readonly api: Api
  /** The number that the inbox answers from. */
  readonly ours: string
  readonly chats: readonly Chat[]
  readonly traffic: Pick<Traffic, 'written' | 'sent'>
  readonly follower: Follower
}

/** Reads both sides by their public doors and compares them message by message. */
export async function compare(compared: Compared): Promise<Comparison> {
  const { phones, api, ours, chats, traffic, follower } = compared
  const ledger = (await phones.ledger()).filter((line) => line.history !== true && line.type === 'text')
  const shown = new Map<string, readonly Message[]>()
  for (const { id } of await listConversations(api)) shown.set(id, await listMessages(api, id))
  const all = [...shown.values()].flat().filter((one) => one.origin !== 'history')
  const of = (chat: Chat, direction: Message['direction']) =>
    textsOf((shown.get(chat.conversation) ?? []).filter((one) => one.direction === direction))

  const customers = ledger.filter((line) => line.from !== ours).map((line) => line.text ?? '')
  const received = counted(textsOf(all.filter((one) => one.direction === 'inbound')))
  const written = [...new Set([...customers, ...traffic.written.map(({ text }) => text)])]
  return {
    inbound: {
      messages: written.length,
      lost: written.filter((text) => !received.has(text)),
      doubled: twice(received),
      disordered: chats.flatMap((chat) => disordered(of(chat, 'inbound').filter((text) => text.startsWith(`${chat.name} in `)))),
    },
    outbound: await compareOutbound(
      compared,
      ledger.filter((line) => line.from === ours).map((line) => line.text ?? ''),
      all,
      of,
    ),
    stream: {
      messages: all.length,
      missed: all.filter((one) => !follower.created.has(one.id)).map((one) => textOf(one)),
      repeated: [...follower.created.values()].filter((times) => times > 1).length,
      connections: follower.connections,
    },
    invented: all.filter((one) => one.direction === 'inbound' && !written.includes(textOf(one))).map(textOf),
  }
}

async function compareOutbound(
  { phones, chats, traffic, follower }: Compared,
  ledger: readonly string[],
  all: readonly Message[],
  of: (chat: Chat, direction: Message['direction']) => readonly string[],
): Promise<Comparison['outbound']> {
  const byId = new Map(all.map((one) => [one.id as string, one]))
  const kept = counted(textsOf(all.filter((one) => one.direction === 'outbound')))
  const isDoubtful = ({ id }: Sent) => byId.get(id)?.unconfirmed_since !== undefined
  const isUnderWay = ({ id }: Sent) => ['queued', 'sending'].includes(byId.get(id)?.status ?? '')
  const isSettled = ({ id }: Sent) => ['delivered', 'read'].includes(byId.get(id)?.status ?? '')
  const doubted = new Set(traffic.sent.filter(({ id }) => follower.doubted.has(id)).map(({ text }) => text))
  const lost = traffic.sent.filter(({ id }) => !byId.has(id)).map(({ text }) => text)
  const doubled = [...twice(kept), ...twice(counted(ledger))]
  const wrong: string[] = chats.flatMap((chat) => disordered(of(chat, 'outbound')))
  for (const chat of chats) {
    const sent = traffic.sent.filter((one) => one.chat === chat)
    for (const customer of chat.customers) {
      const seen = (await phones.received(customer)).map((one) => one.text ?? '').filter((text) => text.startsWith(`${chat.name} out `))
      const times = counted(seen)
      doubled.push(...twice(times))
      lost.push(...sent.filter((one) => !times.has(one.text) && !isDoubtful(one) && !isUnderWay(one)).map(({ text }) => text))
      wrong.push(...disordered(seen.filter((text) => !doubted.has(text))))
    }
  }
  return {
    messages: traffic.sent.length,
    lost: [...new Set(lost)],
    doubled: [...new Set(doubled)],
    disordered: [...new Set(wrong)],
    unconfirmed: traffic.sent.filter(isDoubtful).map(({ text }) => text),
    unsettled: traffic.sent.filter((one) => !isSettled(one) && !isDoubtful(one)).map(({ text, id }) => `${text}: ${byId.get(id)?.status}`),
  }
}

/** What was lost, doubled, put out of order or left hanging; empty where nothing was. */
export function faultsOf({ inbound, outbound, stream, invented }: Comparison): Readonly<Record<string, readonly string[]>> {
  const faults = {
    inbound_lost: inbound.lost,
    inbound_doubled: inbound.doubled,
    inbound_disordered: inbound.disordered,
    outbound_lost: outbound.lost,
    outbound_doubled: outbound.doubled,
    outbound_disordered: outbound.disordered,
    outbound_unsettled: outbound.unsettled,
    stream_missed: stream.missed,
    invented,
  }
  return Object.fromEntries(Object.entries(faults).filter(([, each]) => each.length > 0))
}

const textOf = (message: Message) => (message.type === 'text' ? message.text : `a message of type ${message.type}`)
const textsOf = (messages: readonly Message[]) => messages.map(textOf)

function counted(texts: readonly string[]): ReadonlyMap<string, number> {
  const times = new Map<string, number>()
  for (const text of texts) times.set(text, (times.get(text) ?? 0) + 1)
  return times
}

function twice(times: ReadonlyMap<string, number>): string[] {
  return [...times].filter(([, count]) => count > 1).map(([text]) => text)
}

/** Numbered texts that stand after one with a larger number. The second of a doubled one stands where it may. */
function disordered(said: readonly string[]): string[] {
  const texts = [...new Set(said)]
  const numbers = texts.map((text) => Number(text.slice(text.lastIndexOf(' ') + 1)))
  return texts.filter((_, index) => index > 0 && (numbers[index] ?? 0) <= Math.max(...numbers.slice(0, index)))
}
