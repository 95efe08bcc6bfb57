import { phoneOf } from '../phone/network.ts'
import type { DeviceEvent, DeviceHandler, WaMessage } from '../phone/types.ts'
import { tellEcho } from './business-app.ts'
import { contentOf, head } from './content.ts'
import type { GraphNumber } from './state.ts'
import { statusOf } from './statuses.ts'
import { type Graph, newId, seconds, userIdOf, wamidOf } from './world.ts'

type Json = { [key: string]: unknown }

/** What a number of the business hears from WhatsApp, told to the webhook (protocol/meta.md 5). */
export function listenFor(graph: Graph, number: GraphNumber): DeviceHandler {
  return {
    async handle(event) {
      take(graph, graph.store.state.numbers.get(number.id) ?? number, event)
    },
    pass: () => undefined,
  }
}

function take(graph: Graph, number: GraphNumber, event: DeviceEvent): void {
  if (event.kind === 'message') {
    const message = graph.network.state.messages.get(event.id)
    // Groups are for business accounts of another kind.
    if (message === undefined || message.group !== undefined) return
    if (message.from === number.phone) return tellEcho(graph, number, message)
    // A reaction opens no window, as far as Meta says anything of it.
    if (message.content.type !== 'reaction') graph.store.commit({ t: 'heard', number: number.id, phone: message.from, at: graph.now() })
    graph.tell({
      field: 'messages',
      value: { ...head(number), contacts: [contactOf(graph, message.from)], messages: [messageOf(graph, number, message)] },
    })
  }
  if (event.kind === 'receipt') for (const id of event.ids) tellReceipt(graph, number, id, event.status)
}

function tellReceipt(graph: Graph, number: GraphNumber, id: string, status: 'delivered' | 'read'): void {
  const sent = graph.store.state.sent.get(id)
  if (sent !== undefined && sent.number === number.id) tellStatus(graph, number, statusOf(graph, sent, status))
}

/** Somebody is known by another id from now on, as after a change of their phone (protocol/meta.md 5.4): said in the chat and to the account. */
export function tellNewUserId(graph: Graph, number: GraphNumber, phone: string, userId: string): void {
  const previous = userIdOf(graph, phone)
  graph.store.commit({ t: 'user_id', phone, user_id: userId })
  const timestamp = seconds(graph.now())
  const system = { body: 'User changed their user ID', type: 'user_changed_user_id', user_id: userId, previous_user_id: previous }
  const message = { from: phone, from_user_id: userId, id: `wamid.${newId()}`, timestamp, type: 'system', system }
  graph.tell({ field: 'messages', value: { ...head(number), messages: [message] } })
  const update = { wa_id: phone, detail: 'user_id changed', user_id: { previous, current: userId }, timestamp }
  graph.tell({ field: 'user_id_update', value: { ...head(number), user_id_update: [update] } })
}

/** Tells one status. */
export function tellStatus(graph: Graph, number: GraphNumber, status: Json): void {
  const peer = String(status['recipient_id'])
  const contacts = status['status'] === 'failed' ? {} : { contacts: [contactOf(graph, peer)] }
  graph.tell({ field: 'messages', value: { ...head(number), ...contacts, statuses: [status] } })
}

/** Who hides their phone is known by the business's own id of them alone. */
function contactOf(graph: Graph, phone: string): Json {
  const { name, phone_hidden } = phoneOf(graph.network, phone)
  const username = phone_hidden ? { username: `user${phone.slice(-4)}` } : {}
  return { profile: { name: name ?? phone, ...username }, ...(phone_hidden ? {} : { wa_id: phone }), user_id: userIdOf(graph, phone) }
}

function messageOf(graph: Graph, number: GraphNumber, message: WaMessage): Json {
  const { phone_hidden } = phoneOf(graph.network, message.from)
  return {
    ...(phone_hidden ? {} : { from: message.from }),
    from_user_id: userIdOf(graph, message.from),
    id: wamidOf(graph, message, 'user'),
    timestamp: seconds(message.sent_at + graph.store.state.aheadMs),
    ...contextOf(graph, number, message),
    ...contentOf(graph, number, message.content),
  }
}

function contextOf(graph: Graph, number: GraphNumber, { reply_to: replyTo, forwarded }: WaMessage): Json {
  const target = replyTo === undefined ? undefined : graph.network.state.messages.get(replyTo)
  const quoted =
    target === undefined ? {} : { from: target.from, id: wamidOf(graph, target, target.from === number.phone ? 'business' : 'user') }
  const passed = forwarded === true ? { forwarded: true } : {}
  return target === undefined && forwarded !== true ? {} : { context: { ...quoted, ...passed } }
}
