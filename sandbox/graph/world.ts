import { randomBytes } from 'node:crypto'
import type { MediaStore } from '../phone/media.ts'
import type { Network } from '../phone/network.ts'
import type { WaMessage } from '../phone/types.ts'
import type { GraphFaults } from './faults.ts'
import type { Limits } from './limits.ts'
import type { GraphNumber, GraphStore } from './state.ts'

/** What the parts of the Graph API share. */
export type Graph = {
  network: Network
  media: MediaStore
  store: GraphStore
  faults: GraphFaults
  secrets: GraphSecrets
  /** Where files are fetched from. */
  mediaUrl: () => string
  /** Now on the clock that can be put ahead, in ms. */
  now: () => number
  /** Tells the webhook; kept until it was taken. */
  tell: (change: { field: string; value: unknown }) => void
  limits: Limits
  /** Lets a phone see that the business types. */
  typing: (number: GraphNumber, phone: string) => void
  timeScale: number
  log: (text: string) => void
}

/** What an operator finds on Meta's pages. */
export type GraphSecrets = { business_account_id: string; app_id: string; access_token: string; app_secret: string }

export const seconds = (ms: number) => String(Math.floor(ms / 1000))

const countries: readonly (readonly [string, string])[] = [
  ['380', 'UA'],
  ['55', 'BR'],
  ['54', 'AR'],
  ['52', 'MX'],
  ['44', 'GB'],
  ['49', 'DE'],
  ['48', 'PL'],
  ['1', 'US'],
]

/** The calling code of a number's country, as far as this world knows any. */
export function callingCodeOf(phone: string): string {
  return countries.find(([code]) => phone.startsWith(code))?.[0] ?? phone.slice(0, 2)
}

/** What this business is told instead of a phone (protocol/meta.md 5.4). */
export function userIdOf({ network, store }: Graph, phone: string): string {
  const country = countries.find(([code]) => phone.startsWith(code))?.[1] ?? 'US'
  return store.state.userIds.get(phone) ?? `${country}.${network.state.phones.get(phone)?.lid ?? phone}`
}

export function phoneOfUserId(graph: Graph, userId: string): string | undefined {
  return [...graph.network.state.phones.keys()].find((phone) => userIdOf(graph, phone) === userId)
}

/** The id by which a message is known to the business: opaque, and the same whenever it is asked for. */
export function wamidOf({ store }: Graph, message: Pick<WaMessage, 'id' | 'from'>, by: 'business' | 'user'): string {
  const known = store.state.wamids.get(message.id)
  if (known !== undefined) return known
  const wamid = newWamid(message.from, message.id, by)
  store.commit({ t: 'named', wamid, id: message.id })
  return wamid
}

/** `wamid.` and base64 of the phone, who wrote, and the network's own id, as Meta's look (protocol/meta.md 3.7). */
export function newWamid(phone: string, id: string, by: 'business' | 'user'): string {
  const bytes = [
    Buffer.from([0x1d, phone.length]),
    Buffer.from(phone),
    Buffer.from([0x15, 0x02, by === 'business' ? 0x11 : 0x12, 0x18, id.length]),
  ]
  return `wamid.${Buffer.concat([...bytes, Buffer.from(id), Buffer.from([0])]).toString('base64')}`
}

export const trace = () => randomBytes(8).toString('base64url')

/** Ids of Facebook: decimal texts. */
export const newId = () => `${(BigInt(`0x${randomBytes(7).toString('hex')}`) % 900_000_000_000_000n) + 100_000_000_000_000n}`
