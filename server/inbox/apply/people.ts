import type { ContactId, ExternalId } from '../../../contract/ids.ts'
import { type AddressType, insertAddressesOnce, insertContacts, listAddresses, type NewContact, updateContacts } from '../../db/contacts.ts'
import { joinContacts, wereParted } from '../../db/contact-merges.ts'
import type { InboundEvent, Sender } from '../../providers/provider.ts'
import { mentionsOf } from './content.ts'
import { isPasted } from '../../lib/roads.ts'
import type { Applying } from './context.ts'
import { takePictures } from './pictures.ts'

/**
 * Finds or makes the contact of everybody who is named in these events. A person is known by any of their addresses; what is
 * new about them (an address, a name, the phone) is added.
 */
export async function resolvePeople(applying: Applying, events: readonly InboundEvent[]): Promise<void> {
  const senders = sendersOf(events)
  if (senders.length === 0) return
  const known = await listAddresses(applying.tx, senders.flatMap(addressesOf))
  const owners = new Map(known.map((address) => [`${address.type} ${address.value}`, address.contact_id]))

  const made: NewContact[] = []
  for (const sender of senders) {
    const addresses = addressesOf(sender)
    const found = addresses.flatMap((address) => owners.get(`${address.type} ${address.value}`) ?? [])
    let contact = await joined(applying, [...new Set(found)], owners)
    if (contact === undefined) {
      contact = applying.newId<ContactId>('contact')
      made.push({ id: contact, name: sender.displayName ?? sender.phone ?? 'WhatsApp', phone: sender.phone ?? null })
    }
    for (const address of addresses) {
      const key = `${address.type} ${address.value}`
      if (!owners.has(key)) owners.set(key, contact)
    }
    applying.people.set(sender.id, contact)
  }
  await insertContacts(applying.tx, made, applying.now)
  await addAddresses(applying, senders, new Set(known.map((address) => `${address.type} ${address.value}`)))
  applying.changes.push(...made.map((contact) => ({ type: 'contact.created' as const, objectId: contact.id })))
  // Whoever runs the homeserver of an account that was entered by its token must not rename the contacts of others.
  if (!isPasted(applying.provider)) await takeNews(applying, senders, new Map(known.map((address) => [address.contact_id, address])))
  await takePictures(applying, events, senders)
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

async function addAddresses({ tx, people, now }: Applying, senders: readonly Sender[], known: ReadonlySet<string>): Promise<void> {
  const addresses = senders.flatMap((sender) =>
    addressesOf(sender)
      .filter((address) => !known.has(`${address.type} ${address.value}`))
      .map((address) => ({ ...address, contact_id: people.get(sender.id) as ContactId })),
  )
  await insertAddressesOnce(tx, addresses, now)
}

/** Takes over what those who were known are now called and reached by. */
async function takeNews(
  { tx, people, changes, now }: Applying,
  senders: readonly Sender[],
  known: ReadonlyMap<ContactId, Pick<NewContact, 'name' | 'phone'>>,
): Promise<void> {
  const told = senders.flatMap(({ id: sender, displayName = null, phone = null }) => {
    const id = people.get(sender)
    const before = id === undefined ? undefined : known.get(id)
    if (id === undefined || before === undefined) return []
    const isNews = (displayName ?? before.name) !== before.name || (phone ?? before.phone) !== before.phone
    return isNews ? [{ id, name: displayName, phone }] : []
  })
  const changed = await updateContacts(tx, told, now)
  changes.push(...changed.map((id) => ({ type: 'contact.updated' as const, objectId: id })))
}

/** Everybody who is named and is not our own number, each once, with all that was said of them. */
function sendersOf(events: readonly InboundEvent[]): readonly Sender[] {
  const senders = new Map<ExternalId, Sender>()
  for (const sender of events.flatMap(namedIn)) {
    if (!sender.isUs) senders.set(sender.id, { ...senders.get(sender.id), ...sender })
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

/** All that a person is known by. */
export function addressesOf(sender: Sender): readonly { type: AddressType; value: string }[] {
  return [
    { type: 'matrix' as const, value: sender.id },
    ...(sender.formerly === undefined ? [] : [{ type: 'matrix' as const, value: sender.formerly }]),
    ...(sender.hiddenId === undefined ? [] : [{ type: 'hidden' as const, value: sender.hiddenId }]),
    ...(sender.phone === undefined ? [] : [{ type: 'phone' as const, value: sender.phone }]),
  ]
}
