import { sql } from 'kysely'
import type { ChannelId, ContactId, ConversationId } from '../../../contract/ids.ts'
import type { Mode } from '../../../contract/settings.ts'
import type { Db } from '../../db/schema.ts'
import { AppError } from '../../lib/errors.ts'
import { type Actor, visibleChannelIds } from '../people/access.ts'

const roadOf: Readonly<Record<string, 'classical' | 'matrix'>> = { cloud: 'classical', matrix: 'matrix' }

/**
 * The number that a chat with this contact begins on, among those that the actor may use (product.md 4): the one that was named; the one on
 * which we last talked; the actor's own; the default of the road that the mode says. A mode whose road has no number has no effect. Throws
 * invalid_request for a number that is not there, route_unavailable when there is none.
 */
export async function chooseChannel(
  db: Db,
  actor: Actor,
  mode: Mode,
  wanted: { readonly channelId?: ChannelId; readonly contactId?: ContactId },
): Promise<ChannelId> {
  const mine = await visibleChannelIds(db, actor)
  const present = await db
    .selectFrom('channels')
    .select(['id', 'provider', 'owner_id', 'is_default', 'status'])
    .where('deleted_at', 'is', null)
    .orderBy('id')
    .execute()
  const usable = present.filter((row) => mine.includes(row.id))
  const { channelId, contactId } = wanted
  if (channelId !== undefined) {
    if (usable.some((row) => row.id === channelId)) return channelId
    throw noSuchNumber()
  }
  const roads = (mode === 'both' ? (['classical', 'matrix'] as const) : [mode]).filter((road) =>
    present.some((row) => roadOf[row.provider] === road),
  )
  const isOnRoad = (provider: string) => roads.length === 0 || roads.some((road) => road === roadOf[provider])
  const open = usable.filter((row) => isOnRoad(row.provider) && row.status !== 'logged_out' && row.status !== 'banned')
  const own = open.find((row) => row.owner_id === actor.id)
  const defaults =
    roads.length === 0
      ? open.filter((row) => row.is_default)
      : roads.flatMap((road) => open.filter((row) => row.is_default && roadOf[row.provider] === road))
  const talked =
    contactId === undefined
      ? undefined
      : await lastTalked(
          db,
          contactId,
          open.map((row) => row.id),
        )
  const [first, second] = mode === 'both' ? [defaults[0], own] : [own, defaults[0]]
  const chosen = talked ?? first?.id ?? second?.id
  if (chosen !== undefined) return chosen
  const detail = 'None of your numbers can begin this chat. Connect one, let an admin make one the default, or name one.'
  throw new AppError('route_unavailable', detail, { fields: [{ pointer: '/channel_id', code: 'no_channel', detail }] })
}

/**
 * Refuses a message into a conversation that names another number than the conversation's own: it would leave from one that its sender did
 * not mean. Throws invalid_request for a number that the actor may not use, route_unavailable for one that it may.
 */
export async function checkNamedChannel(
  db: Db,
  actor: Actor,
  named: ChannelId | undefined,
  place: { readonly id: ConversationId; readonly channel_id: ChannelId },
): Promise<void> {
  if (named === undefined || named === place.channel_id) return
  const present = await db.selectFrom('channels').select('id').where('id', '=', named).where('deleted_at', 'is', null).executeTakeFirst()
  if (present === undefined || !(await visibleChannelIds(db, actor)).includes(named)) throw noSuchNumber()
  const { type } = await db.selectFrom('conversations').select('type').where('id', '=', place.id).executeTakeFirstOrThrow()
  const detail =
    type === 'group'
      ? 'This group is on another of our numbers, and is answered from there.'
      : 'This conversation is on another of our numbers. To write from the one that you name, send to the contact instead of into this conversation.'
  throw new AppError('route_unavailable', detail, {
    fields: [{ pointer: '/channel_id', code: type === 'group' ? 'group' : 'no_channel', detail }],
  })
}

function noSuchNumber(): AppError {
  const detail = 'There is no such number.'
  return new AppError('invalid_request', detail, { fields: [{ pointer: '/channel_id', code: 'not_found', detail }] })
}

async function lastTalked(db: Db, contact: ContactId, channels: readonly ChannelId[]): Promise<ChannelId | undefined> {
  const row = await db
    .selectFrom('conversations')
    .select('channel_id')
    .where('contact_id', '=', contact)
    .where('type', '=', 'direct')
    .where(sql<boolean>`channel_id = any(${channels}::text[])`)
    .orderBy('last_message_at', (order) => order.desc().nullsLast())
    .limit(1)
    .executeTakeFirst()
  return row?.channel_id
}
