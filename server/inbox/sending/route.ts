import type { ChannelStatus } from '../../../contract/channel.ts'
import type { RouteReason } from '../../../contract/error.ts'
import type { ChannelId } from '../../../contract/ids.ts'
import type { Mode, Rerouting } from '../../../contract/settings.ts'
import type { Addressee } from '../../providers/provider.ts'

/** A road as the mode names it. */
export type RoadName = Exclude<Mode, 'both'>

/** A number that the sender may use. */
export interface RouteNumber {
  readonly id: ChannelId
  readonly road: RoadName
  readonly access: 'shared' | 'personal'
  readonly ownerId: string | null
  readonly isDefault: boolean
  readonly status: ChannelStatus
}

/** A direct chat of the contact on one of our numbers. */
export interface RouteChat {
  readonly channel: ChannelId
  /** Something was said in it. */
  readonly talked: boolean
  /** The contact wrote so lately that we may write freely, where that matters. */
  readonly windowOpen: boolean
  /** Its owner lets nothing of it be stored here. */
  readonly excluded: boolean
}

export interface RouteAddress {
  readonly type: 'phone' | 'hidden' | 'business'
  readonly value: string
}

/** All that decides from which number a message leaves. `C` is what a chat is known by to whoever asks. */
export interface RouteFacts<C extends RouteChat = RouteChat> {
  readonly mode: Mode
  readonly rerouting: Rerouting
  /** Whoever sends: a person, or a key. */
  readonly sender: string
  /** The number that the request names. */
  readonly named: ChannelId | null
  /** Where the message is written; null for a chat that is to be found or begun. */
  readonly conversation: { readonly channel: ChannelId; readonly road: RoadName; readonly type: 'direct' | 'group' } | null
  /** The roads on which there is any number, whoever may use it. */
  readonly roads: readonly RoadName[]
  readonly numbers: readonly RouteNumber[]
  /** The contact's chats, that in which they talked to us last first. */
  readonly chats: readonly C[]
  readonly addresses: readonly RouteAddress[]
  /** Null while it is only asked from where something could be sent. */
  readonly message: { readonly type: string; readonly answersElsewhere: boolean } | null
  /** What the number that was chosen says for itself; null while it has not been asked. */
  readonly line: { readonly connected: boolean; readonly takes: readonly string[]; readonly windowed: boolean } | null
}

/** `go`: from another number, in `chat`, which is to be begun where it is null; with `confirm` only after somebody has agreed. */
export type Route<C extends RouteChat = RouteChat> =
  | { readonly kind: 'stay' }
  | { readonly kind: 'go'; readonly channel: ChannelId; readonly chat: C | null; readonly confirm: boolean }
  | { readonly kind: 'refuse'; readonly reason: RouteReason }

/** Whether a message leaves from its conversation's own number; only then the rest of the facts does not matter. */
export function stays({ mode, named, conversation, roads }: Pick<RouteFacts, 'mode' | 'named' | 'conversation' | 'roads'>): boolean {
  if (conversation === null) return false
  if (named !== null) return named === conversation.channel
  return mode === 'both' || mode === conversation.road || !roads.includes(mode)
}

/** Whether the mode changes anything: a road without a number is named in vain. */
export function hasEffect(mode: Mode, roads: readonly RoadName[]): boolean {
  return mode === 'both' || roads.includes(mode)
}

/** The number that a message leaves from, or why it has none: the rules of product.md 4, all of them and nowhere else. Pure. */
export function chooseRoute<C extends RouteChat>(facts: RouteFacts<C>): Route<C> {
  const { conversation, named, message, line, rerouting } = facts
  if (stays(facts)) return { kind: 'stay' }
  if (conversation?.type === 'group') return refuse('group')

  const barred = new Set(facts.chats.filter((chat) => chat.excluded).map((chat) => chat.channel))
  const usable = facts.numbers.filter((one) => !barred.has(one.id) && (one.access === 'shared' || one.ownerId === facts.sender))
  const candidates = named === null ? inOrder(facts, usable) : usable.filter((one) => one.id === named)
  const number = candidates.find((one) => !hasFallen(one)) ?? candidates[0]
  if (number === undefined) return refuse('no_channel')
  const chat = facts.chats.find((one) => one.channel === number.id) ?? null
  const go = { kind: 'go', channel: number.id, chat } as const
  // A chat that is there can be looked at, whatever became of its number.
  if (chat !== null && conversation === null && message === null) return { ...go, confirm: false }

  if (hasFallen(number) || line?.connected === false) return refuse('channel_not_connected')
  if (chat === null && addresseeOn(number.road, facts.addresses) === undefined) return refuse('no_address')
  const begins = chat === null || !chat.talked
  if (begins && number.status === 'restricted') return refuse('reachout_locked')
  if (message !== null) {
    if (message.answersElsewhere || line?.takes.includes(message.type) === false) return refuse('type_unsupported')
    if (line?.windowed === true && message.type !== 'template' && chat?.windowOpen !== true) return refuse('window_closed')
  }
  return { ...go, confirm: conversation !== null && named === null && begins && rerouting === 'confirm' }
}

/** How somebody is called on a road on which they have no chat with us yet. Undefined where none of their addresses holds there. */
export function addresseeOn(road: RoadName, addresses: readonly RouteAddress[]): Addressee | undefined {
  const valueOf = (type: RouteAddress['type']) => addresses.find((address) => address.type === type)?.value
  const [phone, hiddenId, businessId] = [valueOf('phone'), valueOf('hidden'), valueOf('business')]
  if (phone !== undefined) return { phone }
  if (road === 'matrix') return hiddenId === undefined ? undefined : { hiddenId }
  return businessId === undefined ? undefined : { businessId }
}

/** The number on which the contact talked to us last, the sender's own, the default; with both roads a default comes before one's own. */
function inOrder({ mode, roads, chats, sender }: RouteFacts, usable: readonly RouteNumber[]): readonly RouteNumber[] {
  const named = mode === 'both' ? (['classical', 'matrix'] as const) : [mode]
  const active = named.filter((road) => roads.includes(road))
  const open = active.length === 0 ? usable : active.flatMap((road) => usable.filter((one) => one.road === road))
  const talked = chats.filter((chat) => chat.talked).flatMap((chat) => open.filter((one) => one.id === chat.channel))
  const own = open.filter((one) => one.ownerId === sender)
  const defaults = open.filter((one) => one.isDefault)
  return mode === 'both' ? [...talked, ...defaults, ...own] : [...talked, ...own, ...defaults]
}

function hasFallen({ status }: RouteNumber): boolean {
  return status === 'logged_out' || status === 'banned'
}

function refuse(reason: RouteReason) {
  return { kind: 'refuse', reason } as const
}
