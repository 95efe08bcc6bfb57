import type { Selectable } from 'kysely'
import type { Channel } from '../../../contract/channel.ts'
import type { ChannelId, UserId } from '../../../contract/ids.ts'
import type { Tables } from '../schema.ts'
import { isOneOf } from '../prepare.ts'
import { decodeCursor, defaultLimit, encodeCursor, type Page, pageOf, type PageRequest, present, presentTime } from './page.ts'
import type { Reads, Viewer } from './viewer.ts'

const backfillOff = {
  code: 'backfill_off' as const,
  detail:
    'No chat has appeared. The bridge probably copies no history: set `backfill: enabled: true` in its config.yaml, restart it, then disconnect the phone and link it again.',
}

const roads: Readonly<Record<string, 'classical' | 'matrix'>> = { cloud: 'classical', matrix: 'matrix' }

interface Counted {
  readonly queued: number
  readonly leftOut: number
}

function toChannel(row: Selectable<Tables['channels']>, viewer: Viewer, members: readonly UserId[], { queued, leftOut }: Counted): Channel {
  const { id, name, phone, access, is_default, status } = row
  return {
    id,
    name,
    phone,
    access,
    ...present('owner_id', row.owner_id),
    member_ids: [...members],
    is_default,
    status,
    status_since: row.status_since.toISOString(),
    ...present('status_detail', row.status_detail),
    ...presentTime('last_inbound_at', row.last_inbound_at),
    ...presentTime('phone_last_seen_at', row.phone_last_seen_at),
    queued_count: queued,
    copy: row.copy,
    import: {
      chats: row.chats_count,
      messages: Number(row.messages_count),
      left_out: leftOut,
      ...presentTime('linked_at', row.linked_at),
      ...(row.import_hint === null ? {} : { hint: backfillOff }),
    },
    ...(row.messages_per_minute === null || row.new_chats_per_day === null
      ? {}
      : { pace: { messages_per_minute: row.messages_per_minute, new_chats_per_day: row.new_chats_per_day } }),
    ...present('road', viewer.isAdmin ? roads[row.provider] : undefined),
  }
}

/** Channels by id, in the order asked for; what is not there is left out. Who may know of them is decided before. */
export async function presentChannels(db: Reads, viewer: Viewer, ids: readonly ChannelId[]): Promise<Channel[]> {
  if (ids.length === 0) return []
  const [rows, members, queued, leftOut] = await Promise.all([
    db.selectFrom('channels').selectAll().where(isOneOf('id', ids)).execute(),
    db.selectFrom('channel_members').selectAll().where(isOneOf('channel_id', ids)).orderBy('user_id').execute(),
    db
      .selectFrom('outbox')
      .select(['channel_id', (e) => e.fn.countAll<string>().as('queued')])
      .where(isOneOf('channel_id', ids))
      .where('state', '=', 'queued')
      .groupBy('channel_id')
      .execute(),
    db
      .selectFrom('left_out_chats')
      .select(['channel_id', (e) => e.fn.sum<string>('messages').as('messages')])
      .where(isOneOf('channel_id', ids))
      .groupBy('channel_id')
      .execute(),
  ])
  const byId = new Map(rows.map((row) => [row.id, row]))
  const membersOf = Map.groupBy(members, (member) => member.channel_id)
  const queuedOf = new Map(queued.map((row) => [row.channel_id, Number(row.queued)]))
  const leftOutOf = new Map(leftOut.map((row) => [row.channel_id, Number(row.messages)]))
  return ids.flatMap((id) => {
    const row = byId.get(id)
    if (row === undefined) return []
    const memberIds = (membersOf.get(id) ?? []).map((member) => member.user_id)
    return [toChannel(row, viewer, memberIds, { queued: queuedOf.get(id) ?? 0, leftOut: leftOutOf.get(id) ?? 0 })]
  })
}

/** Those of the channels that this viewer may know of, in the order in which they were connected. */
export async function listChannels(
  db: Reads,
  viewer: Viewer,
  known: readonly ChannelId[],
  { cursor, limit = defaultLimit }: PageRequest,
): Promise<Page<Channel>> {
  const after = cursor === undefined ? '' : decodeCursor(cursor, ['id'])[0]
  const ids = known
    .toSorted()
    .filter((id) => id > after)
    .slice(0, limit + 1)
  const shown = await presentChannels(db, viewer, ids.slice(0, limit))
  return pageOf(
    ids,
    limit,
    (last) => encodeCursor([last]),
    () => shown,
  )
}
