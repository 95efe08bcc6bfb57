import { randomBytes } from 'node:crypto'
import { createDevices, type DeviceHandler } from './devices.ts'
import type { Journal } from './journal.ts'
import { apply, chatKey, chatKeyOf, chatOf, emptyState, newPhone, rises, type NetworkRow, type NetworkState } from './network-state.ts'
import type { Bridged, Chat, Device, Group, MessageStatus, Phone, WaContent, WaMessage } from './types.ts'

/** What one sends. A repeat with the same `send_key` from the same device gives the first message again. */
export type Send = {
  from: string
  chat: Chat
  content: WaContent
  reply_to?: string
  forwarded?: boolean
  via?: string
  send_key?: string
}

/** WhatsApp would not do this; the sentence says why. */
export class Refused extends Error {}

/** WhatsApp itself with all its phones: the one truth behind the bridge, the Graph API and the ledger. */
export type Network = {
  state: NetworkState
  phone(phone: string): Phone
  setPhone(phone: string, set: Partial<Omit<Phone, 'phone' | 'lid'>>): Phone
  findByLid(lid: string): Phone | undefined
  createGroup(name: string, members: string[]): Group
  send(send: Send): WaMessage
  /** Puts a message of earlier days into a chat; no device is told. */
  addHistory(entry: { from: string; chat: Chat; content: WaContent; sent_at: number }): WaMessage
  /** Marks a message of earlier days as read by this phone; nobody is told. */
  markHistoryRead(message: WaMessage, by: string): void
  read(reader: { phone: string; chat: Chat; up_to?: string; via?: string }): string[]
  typing(typist: { phone: string; chat: Chat; on: boolean; via?: string }): void
  messagesOf(phone: string, chat: Chat): WaMessage[]
  chatsOf(phone: string): Chat[]
  link(phone: string): Device
  unlink(device: string, reason: string): void
  connect(device: string, handler: DeviceHandler): () => void
  noteBridged(id: string, bridged: Bridged): void
  /** Called after every change; used by pages and waiting tests. */
  onChange(listener: () => void): () => void
}

const quiet = new Set(['reaction', 'edit', 'revoke', 'poll_vote', 'call'])

/** Whether a message is one that a person sees as a message of its own. */
export function isShown(content: WaContent): boolean {
  return !quiet.has(content.type)
}

/** Starts the network on what its journal holds. `clock` gives ms. */
export function createNetwork(deps: { journal: Journal<NetworkRow>; clock(): number; log(text: string): void }): Network {
  const { journal, clock } = deps
  const state = emptyState()
  for (const row of journal.rows) apply(state, row)
  const listeners = new Set<() => void>()
  const commit = (row: NetworkRow) => {
    journal.append(row)
    apply(state, row)
    for (const listener of listeners) listener()
  }
  const devices = createDevices({ state, commit, log: deps.log })
  const messageId = (via: string) => `${via === 'phone' ? '3A' : '3EB0'}${randomBytes(9).toString('hex').toUpperCase()}`

  function setPhone(phone: string, set: Partial<Omit<Phone, 'phone' | 'lid'>>): Phone {
    const wasOnline = state.phones.get(phone)?.online ?? true
    commit({ t: 'phone', phone, set })
    const now = state.phones.get(phone) ?? newPhone(phone)
    if (now.online && !wasOnline) deliverWaiting(phone)
    return now
  }

  function phoneOf(phone: string): Phone {
    return state.phones.get(phone) ?? setPhone(phone, {})
  }

  function membersOf(chat: Chat, phone: string): string[] {
    if (chat.group === undefined) return [...new Set([phone, chat.peer])]
    return state.groups.get(chat.group)?.members ?? []
  }

  function statusOf(message: WaMessage, by: string): MessageStatus {
    return state.receipts.get(message.id)?.get(by)?.status ?? 'sent'
  }

  function setStatus(message: WaMessage, by: string, status: MessageStatus): boolean {
    if (!rises(statusOf(message, by), status)) return false
    commit({ t: 'status', id: message.id, by, status, at: clock() })
    return true
  }

  function deliver(messages: WaMessage[], by: string) {
    const risen = messages.filter((message) => message.from !== by && isShown(message.content) && setStatus(message, by, 'delivered'))
    for (const [from, ids] of Map.groupBy(risen, (message) => message.from)) {
      devices.tell(from, { kind: 'receipt', status: 'delivered', ids: ids.map((message) => message.id), by })
    }
  }

  function deliverWaiting(phone: string) {
    for (const chat of chatsOf(phone)) deliver(messagesOf(phone, chat).filter((message) => statusOf(message, phone) === 'sent' && message.history !== true), phone)
  }

  function messagesOf(phone: string, chat: Chat): WaMessage[] {
    const ids = state.chats.get(chatKeyOf(phone, chat)) ?? []
    return ids.flatMap((id) => state.messages.get(id) ?? []).sort((a, b) => a.sent_at - b.sent_at || a.seq - b.seq)
  }

  function chatsOf(phone: string): Chat[] {
    const found: Chat[] = []
    for (const [key, ids] of state.chats) {
      const first = state.messages.get(ids[0] ?? '')
      if (first === undefined) continue
      if (first.group === undefined ? key.split(' ').includes(phone) : membersOf({ group: first.group }, phone).includes(phone)) {
        found.push(chatOf(first, phone))
      }
    }
    return found
  }

  function check(send: Send) {
    const members = membersOf(send.chat, send.from)
    if (send.chat.group !== undefined && !members.includes(send.from)) throw new Refused(`+${send.from} is not in this group`)
    if (send.chat.peer !== undefined && !phoneOf(send.chat.peer).on_whatsapp) throw new Refused(`+${send.chat.peer} is not on WhatsApp`)
    const { content } = send
    if (!('target' in content)) return
    const target = state.messages.get(content.target)
    if (target === undefined || chatKey(target) !== chatKeyOf(send.from, send.chat)) throw new Refused('there is no such message in this chat')
    const age = clock() - target.sent_at
    if (content.type === 'edit' && target.from !== send.from) throw new Refused('only the author may edit a message')
    if (content.type === 'edit' && age > 15 * 60_000) throw new Refused('a message may be edited for 15 minutes only')
    if (content.type === 'revoke' && target.from !== send.from && !isAdmin(send)) throw new Refused('only the author may revoke a message')
    if (content.type === 'revoke' && age > 60 * 3_600_000) throw new Refused('this message is too old to be revoked')
  }

  function isAdmin(send: Send): boolean {
    return send.chat.group !== undefined && (state.groups.get(send.chat.group)?.admins.includes(send.from) ?? false)
  }

  function keep(send: Omit<Send, 'via'> & { via: string }, sentAt: number, history: boolean): WaMessage {
    const { from, chat, content, via } = send
    const message: WaMessage = {
      id: messageId(via),
      seq: state.lastSeq + 1,
      from,
      ...(chat.group === undefined ? { to: chat.peer } : { group: chat.group }),
      sent_at: sentAt,
      content,
      ...(send.reply_to === undefined ? {} : { reply_to: send.reply_to }),
      ...(send.forwarded === true ? { forwarded: true } : {}),
      via,
      ...(send.send_key === undefined ? {} : { send_key: send.send_key }),
      ...(history ? { history: true } : {}),
    }
    commit({ t: 'message', message })
    return message
  }

  return {
    state,
    phone: phoneOf,
    setPhone,
    findByLid: (lid) => state.phones.get(state.lids.get(lid) ?? ''),
    createGroup(name, members) {
      const group: Group = { id: `1203634${randomBytes(5).readUIntBE(0, 5).toString().padStart(13, '0').slice(0, 11)}@g.us`, name, members, admins: members.slice(0, 1) }
      for (const member of members) phoneOf(member)
      commit({ t: 'group', group })
      for (const member of members) devices.tell(member, { kind: 'group', group: group.id })
      return group
    },
    send(send) {
      const via = send.via ?? 'phone'
      const before = send.send_key === undefined ? undefined : state.messages.get(state.sendKeys.get(`${via} ${send.send_key}`) ?? '')
      if (before !== undefined) return before
      phoneOf(send.from)
      check(send)
      const message = keep({ ...send, via }, clock(), false)
      const members = membersOf(send.chat, send.from)
      for (const member of members) devices.tell(member, { kind: 'message', id: message.id }, via)
      for (const member of members) if (phoneOf(member).online) deliver([message], member)
      return message
    },
    addHistory(entry) {
      for (const member of membersOf(entry.chat, entry.from)) phoneOf(member)
      return keep({ ...entry, via: 'phone' }, entry.sent_at, true)
    },
    markHistoryRead: (message, by) => void setStatus(message, by, 'read'),
    read({ phone, chat, up_to: upTo, via }) {
      const messages = messagesOf(phone, chat)
      const end = upTo === undefined ? messages.length : messages.findIndex((message) => message.id === upTo) + 1
      const risen = messages.slice(0, end).filter((message) => message.from !== phone && isShown(message.content) && setStatus(message, phone, 'read'))
      for (const [from, read] of Map.groupBy(risen, (message) => message.from)) {
        devices.tell(from, { kind: 'receipt', status: 'read', ids: read.map((message) => message.id), by: phone })
      }
      const last = risen.at(-1)
      if (last !== undefined) devices.tell(phone, { kind: 'read_self', chat, up_to: last.id }, via)
      return risen.map((message) => message.id)
    },
    typing({ phone, chat, on, via }) {
      for (const member of membersOf(chat, phone)) {
        if (member === phone) continue
        devices.pass(member, { kind: 'typing', chat: chat.group === undefined ? { peer: phone } : chat, from: phone, on }, via)
      }
    },
    messagesOf,
    chatsOf,
    link(phone) {
      phoneOf(phone)
      const device: Device = { id: `${phone}.${randomBytes(4).toString('hex')}`, phone, linked_at: clock(), linked_seq: state.lastSeq }
      commit({ t: 'device', device })
      commit({ t: 'queued', device: device.id, n: state.lastQueued + 1, event: { kind: 'history', up_to_seq: state.lastSeq } })
      return device
    },
    unlink(id, reason) {
      const device = state.devices.get(id)
      if (device === undefined || device.gone !== undefined) return
      commit({ t: 'device_gone', id, reason })
      devices.passTo(id, { kind: 'gone', reason })
    },
    connect: (id, handler) => devices.connect(id, handler),
    noteBridged: (id, bridged) => commit({ t: 'bridged', id, bridged }),
    onChange(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}
