import { sql } from 'kysely'
import type { MessageId } from '../../../contract/ids.ts'
import type { Held, Message } from '../../../contract/message.ts'
import type { Tables } from '../schema.ts'
import { isOneOf } from '../prepare.ts'
import { present } from './page.ts'
import type { Reads } from './viewer.ts'

type Change = NonNullable<Message['change']>

const shown = {
  queued: 'pending',
  sending: 'pending',
  unconfirmed: 'unconfirmed',
  failed: 'failed',
  done: undefined,
} as const satisfies Record<Tables['deeds']['status'], Change['status'] | undefined>

/** The newest thing that was done to each of these messages, unless the network has confirmed it. */
export async function listOpenChanges(db: Reads, ids: readonly MessageId[]): Promise<ReadonlyMap<MessageId, Change>> {
  if (ids.length === 0) return new Map()
  const rows = await db
    .selectFrom('deeds')
    .distinctOn('message_id')
    .select(['message_id', 'kind', 'status', 'error', 'created_at'])
    .where(isOneOf('message_id', ids))
    .orderBy('message_id')
    .orderBy('id', 'desc')
    .execute()
  return new Map(
    rows.flatMap(({ message_id, kind, status, error, created_at }) => {
      const state = shown[status]
      return state === undefined
        ? []
        : [[message_id, { kind, status: state, ...present('error', error), at: created_at.toISOString() }] as const]
    }),
  )
}

/** What of these waits, for what, and until when at least: by itself, or behind the first of its conversation. */
export async function listHeld(db: Reads, ids: readonly MessageId[]): Promise<ReadonlyMap<MessageId, Held>> {
  if (ids.length === 0) return new Map()
  const rows = await db
    .selectFrom('outbox as o')
    .innerJoin('channels as c', 'c.id', 'o.channel_id')
    .innerJoin('outbox as first', 'first.conversation_id', 'o.conversation_id')
    .select(['o.message_id', 'first.held_for as reason', 'first.held_detail as detail', 'c.messages_per_minute', 'c.new_chats_per_day'])
    .select(sql<Date>`greatest(o.not_before, first.not_before)`.as('until'))
    .where(isOneOf('o.message_id', ids))
    .where('o.attempt_id', 'is not', null)
    .where('first.held_for', 'is not', null)
    .where(sql<boolean>`not exists (select from outbox p where p.conversation_id = o.conversation_id and p.seq < first.seq)`)
    .execute()
  return new Map(
    rows.flatMap(({ message_id, until, reason, detail, ...pace }) =>
      reason === null ? [] : [[message_id, { until: until.toISOString(), reason, detail: detail ?? wordsOf(reason, pace) }] as const],
    ),
  )
}

function wordsOf(
  reason: Held['reason'],
  { messages_per_minute, new_chats_per_day }: { messages_per_minute: number | null; new_chats_per_day: number | null },
): string {
  const limit =
    reason === 'messages_per_minute'
      ? `This number sends at most ${messages_per_minute} messages a minute.`
      : `This number begins at most ${new_chats_per_day} new chats a day.`
  return `${limit} WhatsApp bans phones that write like machines.`
}
