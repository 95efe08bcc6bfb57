import type { ContactId, ExternalId } from '../../../contract/ids.ts'
import {
  type Address,
  addressKey,
  insertAddressesOnce,
  insertContacts,
  listAddresses,
  type NewContact,
  updateContacts,
} from '../../db/contacts.ts'
import { joinContacts, wereParted } from '../../db/contact-merges.ts'
import type { InboundEvent, Sender } from '../../providers/provider.ts'
import { mentionsOf } from './content.ts'
import { isPasted, type Network, networkOf } from '../../lib/roads.ts'
import type { Applying } from './context.ts'
import { takePictures } from './pictures.ts'
import { variantsOf } from '../../lib/number-variants.ts'

/**
 * Finds or makes the contact of everybody who is named in these events. A person is known by any of their addresses; what is
 * new about them (an address, a name, the phone) is added.
 */
export async function resolvePeople(applying: Applying, events: readonly InboundEvent[]): Promise<void> {
  const senders = sendersOf(events)
  if (senders.length === 0) return
  const network = networkOf(applying.provider)
  const known = await listAddresses(
    applying.tx,
    senders.flatMap((sender) => addressesOf(sender, network)),
  )
  const owners = new Map(known.map((address) => [addressKey(address), address.contact_id]))
  await takeVariants(applying, senders, owners)

  const made: NewContact[] = []
  for (const sender of senders) {
    const addresses = addressesOf(sender, network)
    const found = addresses.flatMap((address) => owners.get(addressKey(address)) ?? [])
    let contact = await joined(applying, [...new Set(found)], owners)
    if (contact === undefined) {
      contact = applying.newId<ContactId>('contact')
      made.push({
        id: contact,
        name: sender.displayName ?? sender.username ?? sender.phone ?? 'WhatsApp',
        phone: sender.phone ?? null,
        username: sender.username ?? null,
      })
    }
    for (const address of addresses) {
      const key = addressKey(address)
      if (!owners.has(key)) owners.set(key, contact)
    }
    applying.people.set(sender.id, contact)
  }
  await insertContacts(applying.tx, made, applying.now)
  await addAddresses(applying, senders, new Set(known.map(addressKey)))
  applying.changes.push(...made.map((contact) => ({ type: 'contact.created' as const, objectId: contact.id })))
  // Whoever runs the homeserver of an account that was entered by its token must not rename the contacts of others.
  if (!isPasted(applying.provider)) await takeNews(applying, senders, new Map(known.map((address) => [address.contact_id, address])))
  await takePictures(applying, events, senders)
}

/**
 * A country that has changed its numbers has people with two: the one that the network says is found by the other, where exactly one contact
 * has it. Nothing is rewritten, and the new number is one more address (`protocol/meta.md` 3.7).
 */
async function takeVariants({ tx, provider }: Applying, senders: readonly Sender[], owners: Map<string, ContactId>): Promise<void> {
  const network = networkOf(provider)
  const others = new Map(
    senders.flatMap((sender) => {
      const isKnown = addressesOf(sender, network).some((address) => owners.has(addressKey(address)))
      const variants = isKnown ? [] : variantsOf(sender.phone ?? '')
      return variants.length === 0 ? [] : [[sender, variants] as const]
    }),
  )
  if (others.size === 0) return
  const address = (value: string) => ({ type: 'phone', value, scope: '' }) as const
  const found = await listAddresses(tx, [...others.values()].flat().map(address))
  for (const [{ phone = '' }, variants] of others) {
    const hits = new Set(found.flatMap(({ value, contact_id }) => (variants.includes(value) ? [contact_id] : [])))
    const [only] = hits
    if (only !== undefined && hits.size === 1) owners.set(addressKey(address(phone)), only)
  }
}

/**
 * Whose addresses these are. Somebody who is known twice, by a hidden id here and by the phone there, is one contact from the moment on
 * when the network tells both (protocol/bridge.md 4.4), unless people have said that they are two.
 */
async function joined(
  { tx, provider, people, changes, now }: Applying,
  [first, ...others]: readonly ContactId[],
  owners: Map<string, ContactId>,
): Promise<ContactId | undefined> {
  // Nor join them.
  if (first === undefined || isPasted(provider)) return first
  let kept = first
  for (const other of others) {
    const [older, newer] = kept < other ? [kept, other] : [other, kept]
    if (await wereParted(tx, older, newer)) continue
    const moved = await joinContacts(tx, { kept: older, merged: newer, by: null, now })
    if (moved === undefined) continue
    for (const [address, owner] of owners) if (owner === newer) owners.set(address, older)
    for (const [sender, contact] of people) if (contact === newer) people.set(sender, older)
    changes.push({ type: 'contact.merged', objectId: older })
    changes.push(...moved.map((row) => ({ type: 'conversation.updated' as const, objectId: row.id, channelId: row.channel_id })))
    kept = older
  }
  return kept
}

async function addAddresses(
  { tx, provider, people, now }: Applying,
  senders: readonly Sender[],
  known: ReadonlySet<string>,
): Promise<void> {
  const addresses = senders.flatMap((sender) =>
    addressesOf(sender, networkOf(provider))
      .filter((address) => !known.has(addressKey(address)))
      .map((address) => ({ ...address, contact_id: people.get(sender.id) as ContactId })),
  )
  await insertAddressesOnce(tx, addresses, now)
}

/** Takes over what those who were known are now called and reached by. */
async function takeNews(
  { tx, people, changes, now }: Applying,
  senders: readonly Sender[],
  known: ReadonlyMap<ContactId, Pick<NewContact, 'name' | 'phone' | 'username'>>,
): Promise<void> {
  const told = senders.flatMap(({ id: sender, displayName = null, phone = null, username = null }) => {
    const id = people.get(sender)
    const before = id === undefined ? undefined : known.get(id)
    if (id === undefined || before === undefined) return []
    const isNews =
      (displayName ?? before.name) !== before.name ||
      (phone ?? before.phone) !== before.phone ||
      (username ?? before.username) !== before.username
    return isNews ? [{ id, name: displayName, phone, username }] : []
  })
  const changed = await updateContacts(tx, told, now)
  changes.push(...changed.map((id) => ({ type: 'contact.updated' as const, objectId: id })))
}

/** Everybody who is named and is not our own number, each once, with all that was said of them. */
function sendersOf(events: readonly InboundEvent[]): readonly Sender[] {
  const senders = new Map<ExternalId, Sender>()
  for (const sender of events.flatMap(namedIn)) {
    const before = senders.get(sender.id)
    const businessIds = [...(before?.businessIds ?? []), ...(sender.businessIds ?? [])]
    if (!sender.isUs) senders.set(sender.id, { ...before, ...sender, ...(businessIds.length === 0 ? {} : { businessIds }) })
  }
  return [...senders.values()]
}

function namedIn(event: InboundEvent): readonly Sender[] {
  switch (event.type) {
    case 'message':
    case 'edit':
      return [event.sender, ...mentionsOf(event.content).map((mention) => mention.person)]
    case 'reaction':
    case 'vote':
      return [event.sender]
    case 'delete':
      return [event.by]
    case 'contact':
      return [event.contact]
    case 'conversation':
      return [...(event.contact === undefined ? [] : [event.contact]), ...(event.members ?? [])]
    case 'member':
      return [event.person]
    case 'typing':
      return event.senders
    case 'receipt':
      return event.from === undefined ? [] : [event.from]
    case 'channel':
    case 'phone':
    case 'template':
    case 'templates':
    case 'ignored':
      return []
  }
}

/** All that a person is known by on a network. On the business's own road the id is one of the others: nothing besides. */
export function addressesOf(sender: Sender, network: Network): readonly Address[] {
  const address = (type: Address['type'], value: string | undefined, scope = '') => (value === undefined ? [] : [{ type, value, scope }])
  return [
    ...(network === 'matrix' ? [...address('matrix', sender.id), ...address('matrix', sender.formerly)] : []),
    ...address('hidden', sender.hiddenId),
    ...(sender.businessIds ?? []).flatMap(({ id, scope }) => address('business', id, scope)),
    ...address('phone', sender.phone),
  ]
}
