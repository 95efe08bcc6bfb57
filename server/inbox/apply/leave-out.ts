import type { CopyPolicy } from '../../../contract/copying.ts'
import type { ChannelId, ExternalId } from '../../../contract/ids.ts'
import { addressKey, listAddresses } from '../../db/contacts.ts'
import type { Network } from '../../lib/roads.ts'
import { type ChatName, countLeftOut, findChats, loadDescriptions, noteLeftOut } from '../../db/copying.ts'
import type { Tx } from '../../db/schema.ts'
import type { Json } from '../../lib/json.ts'
import type { InboundEvent, Sender } from '../../providers/provider.ts'
import { addressesOf } from './people.ts'

/** What is to be copied of a number. */
export interface Copying {
  readonly id: ChannelId
  readonly copy: CopyPolicy
  readonly copy_since: Date | null
  readonly has_excluded: boolean
}
type InChat = Extract<InboundEvent, { readonly conversation: ExternalId }>
type Description = Extract<InboundEvent, { type: 'conversation' }>

/** Whether anything of this number may have to be left out. */
export function isChoosy(copying: Copying): boolean {
  return copying.copy !== 'everything' || copying.has_excluded
}

/**
 * Takes out what is not to be stored, before any row is made of it: it is counted by chat, and nothing else of it is kept. What the
 * network says of a chat is kept until its first message comes, and then told first.
 */
export async function leaveOut(
  { tx, network, now }: { readonly tx: Tx; readonly network: Network; readonly now: Date },
  channels: ReadonlyMap<ExternalId, Copying>,
  events: readonly InboundEvent[],
): Promise<{ readonly events: readonly InboundEvent[]; readonly left: ReadonlySet<InboundEvent> }> {
  const choosy = new Map([...channels].filter(([, copying]) => isChoosy(copying)))
  const concerned = events.filter((event): event is InChat => 'conversation' in event && choosy.has(event.channel))
  const names = namesOf(choosy, concerned)
  const known = new Map((await findChats(tx, names)).map((chat) => [keyOf(chat), chat]))
  const described = new Map((await loadDescriptions(tx, names)).map((chat) => [keyOf(chat), chat.description as unknown as Description]))
  for (const event of concerned) if (event.type === 'conversation') described.set(chatKey(choosy, event), event)
  const people = await knownPeople({ tx, network }, choosy, events, described)

  const begun = new Set<string>()
  const left = new Set<InboundEvent>()
  for (const event of events) {
    const copying = 'channel' in event ? choosy.get(event.channel) : undefined
    if (copying === undefined) continue
    if (event.type === 'contact') {
      if (!people.has(event.contact.id)) left.add(event)
    } else if ('conversation' in event) {
      const key = chatKey(choosy, event)
      const chat = known.get(key)
      const goes = chat?.excluded !== true && mayGo(copying, event, described.get(key), people, chat !== undefined || begun.has(key))
      if (!goes) left.add(event)
      else if (event.type === 'message') begun.add(key)
    }
  }
  const met = concerned.flatMap((event) =>
    event.type === 'message' && left.has(event) ? [{ channel_id: nameOf(choosy, event).channel_id, external_id: event.id }] : [],
  )
  await countLeftOut(tx, countsOf(choosy, concerned, left, await noteLeftOut(tx, met)), now)
  const told = [...begun].filter((key) => !known.has(key)).flatMap((key) => described.get(key) ?? [])
  return { events: [...told, ...events.filter((event) => !left.has(event))], left }
}

/** `isHere`: the chat has a conversation, or a message before this one has just begun it. */
function mayGo(
  { copy, copy_since }: Copying,
  event: InChat,
  description: Description | undefined,
  people: ReadonlySet<ExternalId>,
  isHere: boolean,
): boolean {
  switch (copy) {
    case 'everything':
      return true
    case 'from_now':
      // WhatsApp counts whole seconds.
      return event.type === 'message' ? Date.parse(event.at) >= Math.floor((copy_since?.getTime() ?? 0) / 1_000) * 1_000 : isHere
    case 'known_contacts': {
      if (isHere) return true
      const contact = description?.kind === 'direct' ? description.contact : undefined
      const isKnown = contact !== undefined && people.has(contact.id)
      return isKnown && (event.type === 'message' || event.type === 'conversation')
    }
  }
}

/** Those who are contacts here already, of everybody whom these events are about. */
async function knownPeople(
  { tx, network }: { readonly tx: Tx; readonly network: Network },
  choosy: ReadonlyMap<ExternalId, Copying>,
  events: readonly InboundEvent[],
  described: ReadonlyMap<string, Description>,
): Promise<ReadonlySet<ExternalId>> {
  const told = events.flatMap((event) => (event.type === 'contact' && choosy.has(event.channel) ? [event.contact] : []))
  const senders: readonly Sender[] = [...told, ...[...described.values()].flatMap(({ contact }) => contact ?? [])]
  const addresses = senders.flatMap((sender) => addressesOf(sender, network))
  const owners = new Set((await listAddresses(tx, addresses)).map(addressKey))
  const isKnown = (sender: Sender) => addressesOf(sender, network).some((address) => owners.has(addressKey(address)))
  return new Set(senders.filter(isKnown).map(({ id }) => id))
}

function countsOf(
  choosy: ReadonlyMap<ExternalId, Copying>,
  concerned: readonly InChat[],
  left: ReadonlySet<InboundEvent>,
  fresh: ReadonlySet<string>,
) {
  const counted = new Set<string>()
  const counts = new Map<string, ChatName & { messages: number; description: Json | null }>()
  for (const event of concerned) {
    if (!left.has(event) || (event.type !== 'message' && event.type !== 'conversation')) continue
    const key = chatKey(choosy, event)
    const count = counts.get(key) ?? { ...nameOf(choosy, event), messages: 0, description: null }
    if (event.type === 'message') {
      const id = `${count.channel_id} ${event.id}`
      if (fresh.has(id) && !counted.has(id)) count.messages += 1
      counted.add(id)
    } else count.description = event as unknown as Json
    counts.set(key, count)
  }
  return [...counts.values()]
}

function namesOf(choosy: ReadonlyMap<ExternalId, Copying>, concerned: readonly InChat[]): readonly ChatName[] {
  return [...new Map(concerned.map((event) => [chatKey(choosy, event), nameOf(choosy, event)])).values()]
}

function nameOf(choosy: ReadonlyMap<ExternalId, Copying>, event: InChat): ChatName {
  const copying = choosy.get(event.channel)
  if (copying === undefined) throw new Error('this number leaves nothing out')
  return { channel_id: copying.id, external_id: event.conversation }
}

function chatKey(choosy: ReadonlyMap<ExternalId, Copying>, event: InChat): string {
  return keyOf(nameOf(choosy, event))
}

function keyOf({ channel_id, external_id }: ChatName): string {
  return `${channel_id} ${external_id}`
}
