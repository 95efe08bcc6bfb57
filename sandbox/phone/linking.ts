import { randomBytes } from 'node:crypto'
import { chatsOf, membersOf } from './chats.ts'
import { phoneOf, setPhone, type Network } from './network.ts'
import { deliver } from './receipts.ts'
import type { Bridged, Chat, Device, DeviceHandler, Media } from './types.ts'

/** Links a new device to a phone; the history that the phone has waits for it first. */
export function linkDevice(network: Network, phone: string, how: { api?: true } = {}): Device {
  phoneOf(network, phone)
  const device: Device = { id: `${phone}.${randomBytes(4).toString('hex')}`, phone, linked_at: network.clock(), ...how }
  network.commit({ t: 'device', device })
  network.commit({
    t: 'queued',
    device: device.id,
    n: network.state.lastQueued + 1,
    event: { kind: 'history', up_to_seq: network.state.lastSeq },
  })
  return device
}

/** Ends a linked device, from either side. A device that is connected hears why; one that is gone already stays as it is. */
export function unlinkDevice(network: Network, id: string, reason: string): void {
  const device = network.state.devices.get(id)
  if (device === undefined || device.gone !== undefined) return
  network.commit({ t: 'device_gone', id, reason })
  network.devices.passTo(id, { kind: 'gone', reason })
}

/** The devices of a phone that are linked now. */
export function linkedTo(network: Network, phone: string): Device[] {
  return (network.state.devicesOf.get(phone) ?? [])
    .flatMap((id) => network.state.devices.get(id) ?? [])
    .filter((device) => device.gone === undefined && device.api !== true)
}

/** Whether a number is Meta's to serve: nobody holds a phone with it. */
export function isAtMeta({ state }: Network, phone: string): boolean {
  return (state.devicesOf.get(phone) ?? []).some((id) => state.devices.get(id)?.api === true)
}

/** Connects the program of a device. A message that it takes counts as delivered to its phone (`force_active_delivery_receipts`). */
export function connectDevice(network: Network, id: string, handler: DeviceHandler): () => void {
  const phone = network.state.devices.get(id)?.phone ?? ''
  return network.devices.connect(id, {
    pass: handler.pass,
    async handle(event) {
      await handler.handle(event)
      const message = event.kind === 'message' ? network.state.messages.get(event.id) : undefined
      if (message !== undefined) deliver(network, [message], phone)
    },
  })
}

/** Notes where a message is on Matrix; told by the bridge. */
export function noteBridged(network: Network, id: string, bridged: Bridged): void {
  const known = network.state.bridged.get(id) ?? []
  if (!known.some((each) => each.device === bridged.device && each.event_id === bridged.event_id))
    network.commit({ t: 'bridged', id, bridged })
}

/** Gives a phone's owner another name; everybody who talks to it hears of that. */
export function rename(network: Network, phone: string, name: string): void {
  if (phoneOf(network, phone).name === name) return
  setPhone(network, phone, { name })
  tellOthers(network, phone)
}

function tellOthers(network: Network, phone: string): void {
  const others = new Set(chatsOf(network, phone).flatMap((chat) => membersOf(network, phone, chat)))
  for (const other of others) if (other !== phone) network.devices.tell(other, { kind: 'renamed', peer: phone })
}

/** Tells everybody who talks to a phone that it goes by its hidden id now, as WhatsApp does when it moves a number over (protocol/bridge.md 4.5). */
export function readdress(network: Network, phone: string): void {
  setPhone(network, phone, { by_number: false })
  for (const chat of chatsOf(network, phone)) {
    for (const member of membersOf(network, phone, chat)) {
      if (chat.group !== undefined) network.devices.tell(member, { kind: 'group', group: chat.group })
      else if (member !== phone) network.devices.tell(member, { kind: 'readdressed', peer: phone })
    }
  }
}

/** The phone's owner deletes a message on it; nobody else does. */
export function deleteForMe(network: Network, phone: string, chat: Chat, id: string): void {
  network.devices.tell(phone, { kind: 'deleted_for_me', chat, id })
}

/** Gives a phone's owner another picture; everybody who talks to it hears of that. */
export function setAvatar(network: Network, phone: string, avatar: Media | undefined): void {
  if (phoneOf(network, phone).avatar?.sha256 === avatar?.sha256) return
  network.commit({ t: 'avatar', phone, ...(avatar === undefined ? {} : { avatar }) })
  tellOthers(network, phone)
}

/** The phone's owner deletes a chat on it; linked devices hear of it, the messages stay in the ledger. */
export function deleteChat(network: Network, phone: string, chat: Chat): void {
  network.devices.tell(phone, { kind: 'chat_deleted', chat })
}
