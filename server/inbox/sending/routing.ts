import type { ErrorCode, RouteReason } from '../../../contract/error.ts'
import type { ChannelId, ContactId, MessageId } from '../../../contract/ids.ts'
import type { Mode, Rerouting } from '../../../contract/settings.ts'
import { type ChatOfContact, listChatsOf, listWritableAddresses, readRoads, readSpot, type Roads } from '../../db/routing.ts'
import type { DbOrTx } from '../../db/schema.ts'
import type { Clock } from '../../lib/clock.ts'
import { AppError } from '../../lib/errors.ts'
import { networkOf } from '../../lib/roads.ts'
import type { Limits } from '../../providers/provider.ts'
import type { FindLine, Line } from '../channels/connections.ts'
import { type Actor, listUsableNumbers, type Place } from '../people/access.ts'
import { sendLimitsOf } from './lines.ts'
import { openChat } from './open-chat.ts'
import { addresseeOn, chooseRoute, type RoadName, type Route, type RouteChat, type RouteFacts, type RouteNumber, stays } from './route.ts'

export interface RoutingDeps {
  readonly db: DbOrTx
  readonly clock: Clock
  readonly findLine: FindLine
  readonly mode: () => Promise<Mode>
  readonly rerouting: () => Promise<Rerouting>
}

/** A chat of the contact, with where it is. */
interface KnownChat extends RouteChat, Place {}
/** A number that the sender may use, as it is shown to them. */
interface KnownNumber extends RouteNumber {
  readonly name: string
  readonly phone: string
}
type Facts = Omit<RouteFacts<KnownChat>, 'numbers'> & { readonly numbers: readonly KnownNumber[] }

/** The way from another number than the conversation's own. `chat` is null where it is to be begun there. */
export interface Detour {
  readonly facts: Facts
  readonly number: KnownNumber
  readonly chat: KnownChat | null
  readonly confirm: boolean
  readonly line: Line
  readonly limits: Limits
}
/** From where a message leaves, as far as its own content does not matter. */
export type Way = Extract<Route, { kind: 'stay' | 'refuse' }> | ({ readonly kind: 'go' } & Detour)

/** Looks for the way of what this actor writes in a conversation. Throws invalid_request for a named number that they may not use. */
export async function findWay(deps: RoutingDeps, actor: Actor, own: Place, named: ChannelId | undefined): Promise<Way> {
  const [mode, spot] = await Promise.all([deps.mode(), readSpot(deps.db, own.id)])
  const conversation = { channel: own.channel_id, road: roadOf(spot.provider), type: spot.type }
  const first = { mode, conversation, named: named ?? null, roads: roadsOf(spot) }
  if (stays(first)) return { kind: 'stay' }

  const addresses = spot.contact_id === null ? [] : await listWritableAddresses(deps.db, spot.contact_id)
  const facts: Facts = { ...first, ...(await readRest(deps, actor, spot.contact_id, named)), addresses }
  const route = chooseRoute(facts)
  if (route.kind !== 'go') return route
  const number = facts.numbers.find((one) => one.id === route.channel)
  const asked = await ask(deps, route)
  if (asked === undefined || number === undefined) return { kind: 'refuse', reason: 'channel_not_connected' }
  const { line, limits } = asked
  return { ...route, number, line, limits, facts: { ...facts, line: asked.said } }
}

/** Looks again, now that it is known what is to be sent. Throws route_unavailable. */
export async function checkDetour(
  db: DbOrTx,
  { facts, chat }: Detour,
  message: { readonly type: string; readonly answers: MessageId | undefined },
) {
  const { type, answers } = message
  const answersElsewhere = answers !== undefined && !(await isIn(db, answers, chat))
  const route = chooseRoute({ ...facts, message: { type, answersElsewhere } })
  if (route.kind === 'refuse') throw unavailable(route.reason, facts.named)
}

async function isIn(db: DbOrTx, id: MessageId, chat: KnownChat | null): Promise<boolean> {
  if (chat === null) return false
  const row = await db.selectFrom('messages').select('id').where('id', '=', id).where('conversation_id', '=', chat.id).executeTakeFirst()
  return row !== undefined
}

/**
 * Begins the chat on the other number, or finds it there. Throws route_unavailable for whom it cannot be begun with or from where, and what
 * the line throws.
 */
export async function beginDetour(deps: Parameters<typeof openChat>[0], { facts, number, line }: Detour): Promise<Place> {
  const addressee = addresseeOn(number.road, facts.addresses)
  if (addressee === undefined) throw unavailable('no_address', facts.named)
  return openChat(deps, line, addressee, null).catch((error: unknown) => {
    const reason = error instanceof AppError ? openReasons[error.code] : undefined
    throw reason === undefined ? error : unavailable(reason, facts.named, error)
  })
}

const openReasons: Partial<Record<ErrorCode, RouteReason>> = {
  recipient_unreachable: 'no_address',
  channel_not_connected: 'channel_not_connected',
  unsupported: 'no_channel',
}

/** Throws reroute_unconfirmed, naming both numbers, where the way is for somebody to agree to. */
export async function checkConfirmed(db: DbOrTx, detour: Detour, own: Place, isConfirmed: boolean): Promise<void> {
  if (!detour.confirm || isConfirmed) return
  const from_channel = await db
    .selectFrom('channels')
    .select(['id', 'name', 'phone'])
    .where('id', '=', own.channel_id)
    .executeTakeFirstOrThrow()
  const { id, name, phone } = detour.number
  const detail = `This would begin a chat on ${name} (${phone}) instead of ${from_channel.name} (${from_channel.phone}). Send it again with confirm_reroute if that is meant.`
  throw new AppError('reroute_unconfirmed', detail, { more: { reroute: { from_channel, to_channel: { id, name, phone } } } })
}

/** Whom a chat is to be found or begun with. */
export interface Whom {
  readonly addresses: RouteFacts['addresses']
  readonly contactId?: ContactId
}
/** From which number, and in which chat if there is one. */
export interface Start {
  readonly channel: ChannelId
  readonly road: RoadName
  readonly chat: KnownChat | null
}

/**
 * The number that a chat with somebody is found or begun on. `type` is of the message that it is for, if there is one: what could never be
 * sent begins no chat. Throws invalid_request for a named number that the actor may not use, and why there is no way.
 */
export async function findStart(
  deps: RoutingDeps,
  actor: Actor,
  { addresses, contactId }: Whom,
  { named, type }: { readonly named: ChannelId | undefined; readonly type?: string },
): Promise<Start> {
  const [mode, roads, rest] = await Promise.all([deps.mode(), readRoads(deps.db), readRest(deps, actor, contactId ?? null, named)])
  const message = type === undefined ? null : { type, answersElsewhere: false }
  const facts: Facts = { mode, roads: roadsOf(roads), conversation: null, named: named ?? null, addresses, ...rest, message }
  const start = started(facts)
  if (start.chat !== null || message === null) return start
  const asked = await ask(deps, start)
  if (asked === undefined) throw cannotStart('channel_not_connected')
  return started({ ...facts, line: asked.said })
}

function started(facts: Facts): Start {
  const route = chooseRoute(facts)
  if (route.kind === 'refuse') throw cannotStart(route.reason)
  const number = facts.numbers.find((one) => route.kind === 'go' && one.id === route.channel)
  if (route.kind === 'stay' || number === undefined) throw new Error('a new chat has no number of its own')
  return { channel: route.channel, chat: route.chat, road: number.road }
}

/** What the number that was chosen says for itself. Undefined when it is not connected. */
async function ask(
  { db, findLine }: RoutingDeps,
  { channel, chat }: { readonly channel: ChannelId; readonly chat: KnownChat | null },
): Promise<{ readonly line: Line; readonly limits: Limits; readonly said: NonNullable<Facts['line']> } | undefined> {
  const line = await findLine(channel)
  if (line === undefined || !line.channel.isOpen) return undefined
  const limits = await sendLimitsOf(db, line, chat?.external_id ?? null)
  const takes = [...(limits.text.max_length > 0 ? ['text'] : []), ...Object.keys(limits.files), ...limits.other]
  return { line, limits, said: { connected: true, takes, windowed: limits.windowed === true } }
}

/** What is refused to a message that would leave from another number than its conversation's; in the words of `cause`, where it has some. */
export function unavailable(reason: RouteReason, named: ChannelId | null, cause?: unknown): AppError {
  const detail = cause instanceof AppError ? cause.message : reasonWords[reason]
  const fields = named === null ? [] : [{ pointer: '/channel_id', code: reason, detail }]
  return new AppError('route_unavailable', detail, { more: { reason }, fields, cause })
}

export const reasonWords: Readonly<Record<RouteReason, string>> = {
  window_closed:
    'On the number that this would leave from the customer has not written within 24 hours: only an approved template can be sent there.',
  group: 'This group is on another of our numbers, and is answered from there alone.',
  no_address: 'On the road that this would take the contact has no address: their phone number is not known.',
  no_channel: 'You have no number from which this could be sent. Connect one, let an admin make one the default, or name one.',
  channel_not_connected: 'The number that this would leave from is not connected. Connect it again, or name another one.',
  reachout_locked: 'WhatsApp lets the number that this would leave from begin no chats for a time. Name another one, or wait.',
  type_unsupported:
    'From the number that this would leave from such a message cannot be sent; nor can a message there answer one of another number.',
}

function cannotStart(reason: RouteReason): AppError {
  const code = startCodes[reason] ?? 'route_unavailable'
  const pointer = reason === 'no_address' ? '/contact_id' : '/channel_id'
  const detail = reasonWords[reason]
  return new AppError(code, detail, { more: { reason }, fields: [{ pointer, code: reason, detail }] })
}

const startCodes: Partial<Record<RouteReason, ErrorCode>> = {
  window_closed: 'window_closed',
  no_address: 'recipient_unreachable',
  channel_not_connected: 'channel_not_connected',
  type_unsupported: 'unsupported',
}

type Rest = Pick<Facts, 'rerouting' | 'sender' | 'numbers' | 'chats' | 'message' | 'line'>

/** What matters only where a message does not stay. */
async function readRest(deps: RoutingDeps, actor: Actor, contact: ContactId | null, named: ChannelId | undefined): Promise<Rest> {
  const [rerouting, chats] = await Promise.all([deps.rerouting(), contact === null ? [] : listChatsOf(deps.db, contact)])
  const among = [...chats.map((chat) => chat.channel_id), ...(named === undefined ? [] : [named])]
  const numbers = (await listUsableNumbers(deps.db, actor, among)).map(toNumber)
  if (named !== undefined && !numbers.some((one) => one.id === named)) throw noSuchNumber()
  const now = deps.clock()
  return { rerouting, sender: actor.id, numbers, chats: chats.map((chat) => toChat(chat, now)), message: null, line: null }
}

export function toNumber(row: Awaited<ReturnType<typeof listUsableNumbers>>[number]): KnownNumber {
  const { id, name, phone, access, status } = row
  return { id, name, phone, access, status, road: roadOf(row.provider), ownerId: row.owner_id, isDefault: row.is_default }
}

function toChat({ id, external_id, channel_id, window_closes_at, ...chat }: ChatOfContact, now: number): KnownChat {
  const windowOpen = (window_closes_at?.getTime() ?? 0) > now
  const known = { id, external_id, channel_id, window_closes_at }
  return { ...known, channel: channel_id, talked: chat.has_messages, windowOpen, excluded: chat.is_excluded }
}

export function roadsOf({ has_classical, has_matrix }: Roads): readonly RoadName[] {
  return [...(has_classical ? (['classical'] as const) : []), ...(has_matrix ? (['matrix'] as const) : [])]
}

export function roadOf(provider: string): RoadName {
  return networkOf(provider) === 'cloud' ? 'classical' : 'matrix'
}

function noSuchNumber(): AppError {
  const detail = 'There is no such number.'
  return new AppError('invalid_request', detail, { fields: [{ pointer: '/channel_id', code: 'not_found', detail }] })
}
