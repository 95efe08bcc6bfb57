import { sql } from 'kysely'
import type { ChannelId, ExternalId } from '../../../contract/ids.ts'
import { appendEvents } from '../../db/events.ts'
import { insertJobsOnce } from '../../db/jobs.ts'
import type { ArrivedMessage } from '../../db/messages.ts'
import { notify } from '../../db/notify.ts'
import { recordset } from '../../db/rows.ts'
import type { Tx } from '../../db/schema.ts'
import type { NewId } from '../../lib/clock.ts'
import { networkOf } from '../../lib/roads.ts'
import type { InboundEvent } from '../../providers/provider.ts'
import { type Applying, channelOf, ofType } from './context.ts'
import { resolveConversations } from './conversations.ts'
import { type Copying, isChoosy, leaveOut } from './leave-out.ts'
import { applyMessages } from './messages.ts'
import { resolvePeople } from './people.ts'
import { applyPending, applyRelation } from './relations.ts'
import { applyTemplates } from './templates.ts'

/** What applying has taught besides: keys of what need wait no longer, and the events of which nothing was stored. */
export interface Applied {
  readonly resolved: readonly string[]
  readonly left: ReadonlySet<InboundEvent>
}

export type ChannelEvent = Extract<InboundEvent, { type: 'channel' }>
export type PhoneEvent = Extract<InboundEvent, { type: 'phone' }>

/** What application needs from outside. */
export interface ApplyDeps {
  readonly newId: NewId
  /** Takes over what the network says of a channel's state. */
  applyChannelStatus(tx: Tx, provider: string, event: ChannelEvent, now: Date): Promise<void>
  /** Gives a number that was found its channel; returns the keys of what can be read from now on. */
  applyPhone(tx: Tx, provider: string, event: PhoneEvent): Promise<readonly string[]>
}

/**
 * Changes the rows that these events are about, and tells the feed, inside one transaction. Repeatable: an event that was
 * applied before changes nothing. A hundred messages cost the same few statements as one.
 */
export async function applyEvents(deps: ApplyDeps, tx: Tx, provider: string, given: readonly InboundEvent[], now: Date): Promise<Applied> {
  const resolved = await applyPhones(deps, tx, provider, given)
  const { channels, elsewhere } = await loadChannels(tx, provider, given)
  const ours = elsewhere.size === 0 ? given : given.filter((event) => !('channel' in event && elsewhere.has(event.channel)))
  const isSome = [...channels.values()].some(isChoosy)
  const { events, left } = isSome
    ? await leaveOut({ tx, network: networkOf(provider), now }, channels, ours)
    : { events: ours, left: new Set<InboundEvent>() }
  const applying: Applying = {
    tx,
    provider,
    now,
    newId: deps.newId,
    channels: new Map([...channels].map(([external, { id }]) => [external, id])),
    people: new Map(),
    changes: [],
    jobs: [],
  }
  await resolvePeople(applying, events)
  const conversations = await resolveConversations(applying, events)
  const arrived = await applyMessages(applying, events, conversations)
  for (const event of ofType(events, 'receipt', 'edit', 'delete', 'reaction', 'vote'))
    await applyRelation(applying, channelOf(applying, event.channel), event)
  await applyPending(
    applying,
    arrived.map((row) => ({ channel_id: row.channel_id, target: row.external_id })),
  )
  await recordTraffic(applying, arrived)
  for (const event of ofType(events, 'channel')) await deps.applyChannelStatus(tx, provider, event, now)
  await tellTyping(applying, events)
  await applyTemplates(applying, events)
  await insertJobsOnce(tx, applying.jobs, now)
  await appendEvents(tx, applying.changes, now)
  return { resolved, left }
}

async function applyPhones(deps: ApplyDeps, tx: Tx, provider: string, events: readonly InboundEvent[]): Promise<readonly string[]> {
  const found = new Map(ofType(events, 'phone').map((event) => [event.phone.external, event]))
  const resolved: string[] = []
  for (const event of found.values()) resolved.push(...(await deps.applyPhone(tx, provider, event)))
  return resolved
}

/** The channels that these events name. `elsewhere`: numbers that are reached by another road now, of which this one has no say. */
async function loadChannels(
  tx: Tx,
  provider: string,
  events: readonly InboundEvent[],
): Promise<{ readonly channels: ReadonlyMap<ExternalId, Copying>; readonly elsewhere: ReadonlySet<ExternalId> }> {
  const names = [...new Set(events.flatMap((event) => ('channel' in event ? [event.channel] : [])))]
  if (names.length === 0) return { channels: new Map(), elsewhere: new Set() }
  const rows = await tx
    .selectFrom('channels')
    .leftJoin('accounts', 'accounts.id', 'channels.account_id')
    .select([
      'channels.id',
      'channels.external_id',
      'accounts.provider as road',
      'channels.copy',
      'channels.copy_since',
      'channels.has_excluded',
    ])
    .where('channels.provider', '=', networkOf(provider))
    .where('channels.external_id', 'in', names)
    .execute()
  const isHere = (row: (typeof rows)[number]) => (row.road ?? networkOf(provider)) === provider
  return {
    channels: new Map(rows.filter(isHere).map((row) => [row.external_id, row])),
    elsewhere: new Set(rows.filter((row) => !isHere(row)).map((row) => row.external_id)),
  }
}

/** What an application brought to one number. Times are RFC 3339. */
interface Brought {
  readonly id: ChannelId
  chats: number
  messages: number
  history: boolean
  inbound: string | null
  phone: string | null
}

/**
 * How far the import of each number has come, when it last heard something and when its phone was last seen: the proof of life behind its
 * status. The import is told when a chat begins and when history comes, not with every live message.
 */
async function recordTraffic({ tx, changes }: Applying, arrived: readonly ArrivedMessage[]): Promise<void> {
  const brought = new Map<ChannelId, Brought>()
  const of = (id: ChannelId): Brought => {
    const one = brought.get(id) ?? { id, chats: 0, messages: 0, history: false, inbound: null, phone: null }
    brought.set(id, one)
    return one
  }
  for (const { type, channelId } of changes) if (type === 'conversation.created' && channelId !== undefined) of(channelId).chats += 1
  for (const { channel_id, origin, direction, sent_at } of arrived) {
    const one = of(channel_id)
    one.messages += 1
    if (origin === 'history') one.history = true
    else one[direction === 'inbound' ? 'inbound' : 'phone'] = sent_at
  }
  if (brought.size === 0) return
  const columns = { id: 'text', chats: 'integer', messages: 'bigint', inbound: 'timestamptz', phone: 'timestamptz' }
  await sql`update channels c set chats_count = c.chats_count + r.chats, messages_count = c.messages_count + r.messages,
      import_hint = case when r.chats > 0 then null else c.import_hint end,
      last_inbound_at = greatest(c.last_inbound_at, r.inbound), phone_last_seen_at = greatest(c.phone_last_seen_at, r.phone)
    from ${recordset([...brought.values()], columns)} where c.id = r.id`.execute(tx)
  const told = [...brought.values()].filter(({ chats, history }) => chats > 0 || history)
  changes.push(...told.map(({ id }) => ({ type: 'channel.updated' as const, objectId: id, channelId: id })))
}

/** Typing is told to whoever looks, and never stored. An empty sender says that nobody types any more. */
async function tellTyping(applying: Applying, events: readonly InboundEvent[]): Promise<void> {
  for (const event of ofType(events, 'typing')) {
    const channel = channelOf(applying, event.channel)
    const conversation = await applying.tx
      .selectFrom('conversations')
      .select('id')
      .where('channel_id', '=', channel)
      .where('external_id', '=', event.conversation)
      .executeTakeFirst()
    if (conversation === undefined) continue
    const [first] = event.senders
    const sender = { id: first === undefined ? '' : (applying.people.get(first.id) ?? ''), name: first?.displayName ?? '' }
    const typing = { conversation_id: conversation.id, channel_id: channel, sender, on: first !== undefined }
    await notify(applying.tx, 'typing', JSON.stringify(typing))
  }
}
