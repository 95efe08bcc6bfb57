import { chatsOf, isShown, messagesOf } from '../phone/chats.ts'
import { phoneOf } from '../phone/network.ts'
import { statusOf } from '../phone/receipts.ts'
import type { WaMessage } from '../phone/types.ts'
import { contentOf, head } from './content.ts'
import type { GraphNumber } from './state.ts'
import { GraphError } from './errors.ts'
import { type Graph, newId, seconds, userIdOf, wamidOf } from './world.ts'

type Json = { [key: string]: unknown }

const dayMs = 86_400_000
/** The history comes by age: of yesterday, of three months, of six; older is not told (protocol/meta.md 5.5). */
const phases = [1, 90, 180].map((days) => days * dayMs)
const filesUntilMs = 14 * dayMs
const chunkSize = 50

/** Puts a number into the WhatsApp Business app, or takes it out. Throws for what is no number of the account. */
export function setApp(graph: Graph, phone: string, on: boolean): void {
  const { app: since, asked, ...number } = numberOf(graph, phone)
  graph.store.commit({ t: 'number', number: on ? { ...number, app: since ?? graph.now(), ...(asked && { asked }) } : number })
}

const windowMs = 86_400_000

/** Takes a request for what the app has from before: each once, within a day of connecting (protocol/meta.md 2). */
export function acceptSync(graph: Graph, number: GraphNumber, body: Json): Json {
  if (body['messaging_product'] !== 'whatsapp') throw new GraphError('missing_parameter', 'messaging_product')
  const what = body['sync_type']
  if (what !== 'smb_app_state_sync' && what !== 'history') throw new GraphError('invalid_value', 'sync_type')
  const asked = number.asked ?? []
  graph.store.commit({ t: 'number', number: { ...number, asked: [...asked, what] } })
  if (number.app === undefined) throw new GraphError('sync_declined')
  if (asked.includes(what)) throw new GraphError('sync_limit')
  if (graph.now() - number.app > windowMs) throw new GraphError('sync_late')
  if (what === 'history') tellHistory(graph, number.phone)
  else tellAddressBook(graph, number.phone)
  return { messaging_product: 'whatsapp', request_id: newId() }
}

/** Tells what was typed in the app, or done there to a message. Nothing where the number is in none. */
export function tellEcho(graph: Graph, number: GraphNumber, message: WaMessage): void {
  if (number.app === undefined) return
  const echo = { ...written(graph, number, message), ...contentOf(graph, number, message.content) }
  graph.tell({ field: 'smb_message_echoes', value: { ...head(number), message_echoes: [echo] } })
}

/** Tells the address book of the app. Gives the deliveries; throws where there is no app. */
export function tellAddressBook(graph: Graph, phone: string): number {
  const number = inApp(graph, phone)
  const timestamp = seconds(graph.now())
  const entries = Object.entries(phoneOf(graph.network, phone).contacts).map(([peer, name]) => ({
    type: 'contact',
    contact: { full_name: name, first_name: name.split(' ', 1)[0], phone_number: peer, user_id: userIdOf(graph, peer) },
    action: 'add',
    metadata: { timestamp },
  }))
  graph.tell({ field: 'smb_app_state_sync', value: { ...head(number), state_sync: entries } })
  return 1
}

/** Tells the direct chats from before the number was put into the API beside its app, in pieces of no order; the files come behind. */
export function tellHistory(graph: Graph, phone: string): number {
  const number = inApp(graph, phone)
  const now = graph.now()
  const past = chatsOf(graph.network, phone)
    .flatMap((chat) => (chat.peer === undefined ? [] : messagesOf(graph.network, phone, chat)))
    .filter((message) => isShown(message.content) && sentAt(graph, message) <= (number.app ?? 0))
  const ages = Map.groupBy(past, (message) => phases.findIndex((oldest) => now - sentAt(graph, message) <= oldest))
  const told = [...ages].flatMap(([phase, messages]) => (phase < 0 ? [] : chunksOf(graph, number, phase, messages)))
  for (const history of told.toReversed()) graph.tell({ field: 'history', value: { ...head(number), history: [history] } })
  const files = past.filter((message) => 'media' in message.content && now - sentAt(graph, message) <= filesUntilMs)
  for (const message of files) {
    const whole = { ...written(graph, number, message), ...contentOf(graph, number, message.content) }
    graph.tell({
      field: 'history',
      value: { ...head(number), ...(message.from === number.phone ? { message_echoes: [whole] } : { messages: [whole] }) },
    })
  }
  return told.length + files.length
}

function chunksOf(graph: Graph, number: GraphNumber, phase: number, messages: readonly WaMessage[]): Json[] {
  const count = Math.ceil(messages.length / chunkSize)
  return Array.from({ length: count }, (_, n) => {
    const chunk = messages.slice(n * chunkSize, (n + 1) * chunkSize)
    const threads = [...Map.groupBy(chunk, (message) => peerOf(number, message))].map(([peer, theirs]) => ({
      ...threadOf(graph, peer),
      messages: theirs.map((message) => remembered(graph, number, message)),
    }))
    return { metadata: { phase, chunk_order: n + 1, progress: Math.round(((n + 1) / count) * 100) }, threads }
  })
}

/** With whom a chat is: by the phone, or by the id alone where they hide it. */
function threadOf(graph: Graph, peer: string): Json {
  const user_id = userIdOf(graph, peer)
  const isHidden = phoneOf(graph.network, peer).phone_hidden
  return isHidden ? { id: user_id, context: { user_id } } : { id: peer, context: { wa_id: peer, user_id } }
}

function remembered(graph: Graph, number: GraphNumber, message: WaMessage): Json {
  const content = 'media' in message.content ? { type: 'media_placeholder' } : contentOf(graph, number, message.content)
  const reader = message.from === number.phone ? peerOf(number, message) : number.phone
  return {
    ...written(graph, number, message),
    ...content,
    history_context: { status: statusOf(graph.network, message, reader).toUpperCase() },
  }
}

/** Who wrote to whom, and when. Nothing of what it answers is told (protocol/meta.md 0.8). */
function written(graph: Graph, number: GraphNumber, message: WaMessage): Json {
  const peer = peerOf(number, message)
  const isOurs = message.from === number.phone
  const phone = phoneOf(graph.network, peer).phone_hidden ? {} : { [isOurs ? 'to' : 'from']: peer }
  const person = { ...phone, [isOurs ? 'to_user_id' : 'from_user_id']: userIdOf(graph, peer) }
  return {
    ...(isOurs ? { from: number.phone } : {}),
    ...person,
    id: wamidOf(graph, message, isOurs ? 'business' : 'user'),
    timestamp: seconds(sentAt(graph, message)),
  }
}

function peerOf({ phone }: GraphNumber, { from, to }: WaMessage): string {
  return from === phone ? (to ?? '') : from
}

/** On the clock of this API; what is of earlier days stays where it was. */
function sentAt({ store }: Graph, { sent_at: at, history }: WaMessage): number {
  return history === true ? at : at + store.state.aheadMs
}

function inApp(graph: Graph, phone: string): GraphNumber {
  const number = numberOf(graph, phone)
  if (number.app === undefined) throw new Error(`+${phone} is in no WhatsApp Business app`)
  return number
}

function numberOf({ store }: Graph, phone: string): GraphNumber {
  const found = [...store.state.numbers.values()].find((number) => number.phone === phone)
  if (found === undefined) throw new Error(`+${phone} is no number of the account`)
  return found
}
