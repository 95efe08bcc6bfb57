import { openJournal } from '../homeserver/journal.ts'
import { createDevices, type Devices } from './devices.ts'
import { apply, emptyState, newPhone, type NetworkRow, type NetworkState, type PhoneChange } from './network-state.ts'
import type { Group, Phone } from './types.ts'

/** WhatsApp would not do this; the sentence says why. */
export class Refused extends Error {}

/** WhatsApp itself with all its phones: the one truth behind the bridge, the Graph API and the ledger. */
export type Network = {
  state: NetworkState
  devices: Devices
  /** Now, in ms. */
  clock: () => number
  /** Writes the row to the journal, then changes the state by it. */
  commit: (row: NetworkRow) => void
  close: () => void
}

/** Starts the network on what its journal holds; without one it is new, and forgotten at the end. */
export function createNetwork(deps: { journal: string | undefined; clock: () => number; log: (text: string) => void }): Network {
  const state = emptyState()
  const journal = deps.journal === undefined ? undefined : openJournal(deps.journal, (row) => apply(state, row as NetworkRow))
  let open = true
  const commit = (row: NetworkRow) => {
    if (open) journal?.append(row)
    apply(state, row)
  }
  const close = () => {
    if (open) journal?.close()
    open = false
  }
  const devices = createDevices({ state, commit, log: deps.log })
  return { state, commit, clock: deps.clock, devices, close }
}

/** The phone with this number; it comes into being when it is first named. */
export function phoneOf(network: Network, phone: string): Phone {
  return network.state.phones.get(phone) ?? setPhone(network, phone, {})
}

/** Changes what is known of a phone. */
export function setPhone(network: Network, phone: string, set: PhoneChange): Phone {
  network.commit({ t: 'phone', phone, set })
  return network.state.phones.get(phone) ?? newPhone(phone)
}

/** Puts a phone's account into trouble (protocol/bridge.md 7.1 names the errors), or out of it. */
export function setTrouble(network: Network, phone: string, error: string | undefined): void {
  network.commit({ t: 'trouble', phone, ...(error === undefined ? {} : { error }) })
  network.devices.pass(phone, { kind: 'trouble', error })
}

/** The phone behind a hidden id. */
export function findByLid(network: Network, lid: string): Phone | undefined {
  return network.state.phones.get(network.state.lids.get(lid) ?? '')
}

/** Makes a group; the first member is its admin. Its members' linked devices hear of it. */
export function createGroup(network: Network, name: string, members: string[]): Group {
  const number = `${network.clock()}${network.state.groups.size}`.slice(-11)
  const group: Group = { id: `1203634${number}@g.us`, name, members, admins: members.slice(0, 1) }
  return keepGroup(network, group, members)
}

/** Renames a group or changes who is in it; those who leave hear of it too. */
export function changeGroup(network: Network, id: string, change: Partial<Pick<Group, 'name' | 'members' | 'avatar'>>): Group {
  const before = network.state.groups.get(id)
  if (before === undefined) throw new Refused('group: there is no such group')
  return keepGroup(network, { ...before, ...change }, [...new Set([...before.members, ...(change.members ?? [])])])
}

function keepGroup(network: Network, group: Group, told: string[]): Group {
  for (const member of group.members) phoneOf(network, member)
  network.commit({ t: 'group', group })
  for (const member of told) network.devices.tell(member, { kind: 'group', group: group.id })
  return group
}
