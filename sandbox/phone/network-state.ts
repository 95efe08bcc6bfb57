import { isOnWhatsApp, lidOf } from './numbers.ts'
import type { Bridged, Chat, Device, DeviceEvent, Group, Media, MessageStatus, Phone, WaMessage } from './types.ts'

/** What may be said of a phone. */
export type PhoneChange = Partial<Omit<Phone, 'phone' | 'lid' | 'trouble' | 'avatar'>>

/** One change of the WhatsApp world; the journal is a list of these. */
export type NetworkRow =
  | { t: 'phone'; phone: string; set: PhoneChange }
  | { t: 'trouble'; phone: string; error?: string }
  | { t: 'avatar'; phone: string; avatar?: Media }
  | { t: 'group'; group: Group }
  | { t: 'message'; message: WaMessage }
  | { t: 'status'; id: string; by: string; status: MessageStatus; at: number }
  | { t: 'device'; device: Device }
  | { t: 'device_gone'; id: string; reason: string }
  | { t: 'queued'; device: string; n: number; event: DeviceEvent }
  | { t: 'acked'; device: string; n: number }
  | { t: 'bridged'; id: string; bridged: Bridged }

export type Receipt = { by: string; status: MessageStatus; at: number }

export type NetworkState = {
  phones: Map<string, Phone>
  /** Phones by their hidden id. */
  lids: Map<string, string>
  groups: Map<string, Group>
  messages: Map<string, WaMessage>
  /** Ids by chat key, in the order in which they were sent. */
  chats: Map<string, string[]>
  receipts: Map<string, Map<string, Receipt>>
  bridged: Map<string, Bridged[]>
  devices: Map<string, Device>
  /** Ids of the devices that were ever linked to a phone. */
  devicesOf: Map<string, string[]>
  queues: Map<string, Map<number, DeviceEvent>>
  sendKeys: Map<string, string>
  lastSeq: number
  lastQueued: number
}

export function emptyState(): NetworkState {
  return {
    phones: new Map(),
    lids: new Map(),
    groups: new Map(),
    messages: new Map(),
    chats: new Map(),
    receipts: new Map(),
    bridged: new Map(),
    devices: new Map(),
    devicesOf: new Map(),
    queues: new Map(),
    sendKeys: new Map(),
    lastSeq: 0,
    lastQueued: 0,
  }
}

/** Key of the chat that a message belongs to: the group, or both phones in a fixed order. */
export function chatKey(message: Pick<WaMessage, 'from' | 'to' | 'group'>): string {
  return message.group ?? [message.from, message.to ?? ''].sort().join(' ')
}

/** Key of a chat as the phone sees it. */
export function chatKeyOf(phone: string, chat: Chat): string {
  return chat.group === undefined ? chatKey({ from: phone, to: chat.peer }) : chat.group
}

/** The chat of a message as one of its participants sees it. */
export function chatOf(message: WaMessage, phone: string): Chat {
  if (message.group !== undefined) return { group: message.group }
  return { peer: message.from === phone ? (message.to ?? '') : message.from }
}

/** A phone as it is before anything was said of it. */
export function newPhone(phone: string): Phone {
  return { phone, lid: lidOf(phone), online: true, on_whatsapp: isOnWhatsApp(phone), phone_hidden: false, by_number: false, contacts: {} }
}

const rank: Record<MessageStatus, number> = { sent: 0, delivered: 1, read: 2 }

/** Whether this status says more than what is known. */
export function rises(known: MessageStatus | undefined, next: MessageStatus): boolean {
  return known === undefined || rank[next] > rank[known]
}

function at<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const found = map.get(key)
  if (found !== undefined) return found
  const made = make()
  map.set(key, made)
  return made
}

/** Changes the state by one row; the same at work and at replay. */
export function apply(state: NetworkState, row: NetworkRow): void {
  switch (row.t) {
    case 'phone':
      Object.assign(
        at(state.phones, row.phone, () => newPhone(row.phone)),
        row.set,
      )
      state.lids.set(lidOf(row.phone), row.phone)
      return
    case 'trouble': {
      const phone = at(state.phones, row.phone, () => newPhone(row.phone))
      if (row.error === undefined) delete phone.trouble
      else phone.trouble = row.error
      return
    }
    case 'avatar': {
      const phone = at(state.phones, row.phone, () => newPhone(row.phone))
      if (row.avatar === undefined) delete phone.avatar
      else phone.avatar = row.avatar
      return
    }
    case 'group':
      state.groups.set(row.group.id, row.group)
      return
    case 'message': {
      const { message } = row
      state.messages.set(message.id, message)
      at(state.chats, chatKey(message), () => []).push(message.id)
      state.lastSeq = Math.max(state.lastSeq, message.seq)
      if (message.send_key !== undefined) state.sendKeys.set(`${message.via} ${message.send_key}`, message.id)
      return
    }
    case 'status':
      at(state.receipts, row.id, () => new Map<string, Receipt>()).set(row.by, { by: row.by, status: row.status, at: row.at })
      return
    case 'device':
      state.devices.set(row.device.id, row.device)
      at(state.devicesOf, row.device.phone, () => []).push(row.device.id)
      return
    case 'device_gone': {
      const device = state.devices.get(row.id)
      if (device !== undefined) device.gone = row.reason
      state.queues.delete(row.id)
      return
    }
    case 'queued':
      at(state.queues, row.device, () => new Map<number, DeviceEvent>()).set(row.n, row.event)
      state.lastQueued = Math.max(state.lastQueued, row.n)
      return
    case 'acked':
      state.queues.get(row.device)?.delete(row.n)
      return
    case 'bridged':
      at(state.bridged, row.id, () => []).push(row.bridged)
      return
  }
}
