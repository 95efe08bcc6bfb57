import { sql } from 'kysely'
import type { ChannelId, ConversationId, ExternalId, MediaId, MessageId } from '../../contract/ids.ts'
import type { ContentType, FileType } from '../../contract/content.ts'
import type { Json } from '../lib/json.ts'
import { notify } from './notify.ts'
import type { Db, DbOrTx, Tx } from './schema.ts'

/** A send in hand: nobody else works on it until its lease ends. */
export interface Claimed {
  readonly attempt_id: string
  readonly message_id: MessageId
  readonly conversation_id: ConversationId
  readonly channel_id: ChannelId
  readonly lease_token: string
  readonly tries: number
  readonly created_at: Date
}

/** Queues an attempt at the end of its conversation's lane. */
export async function insertAttempt(
  tx: Tx,
  attempt: { id: string; message_id: MessageId; conversation_id: ConversationId; channel_id: ChannelId; number: number; now: Date },
): Promise<void> {
  const { id, message_id, conversation_id, channel_id, number, now } = attempt
  await tx
    .insertInto('send_attempts')
    .values({ id, message_id, channel_id, number, status: 'queued', created_at: now, external_id: null, unconfirmed_since: null })
    .execute()
  await tx
    .insertInto('outbox')
    .values({ attempt_id: id, message_id, conversation_id, channel_id, state: 'queued', not_before: now, lease_token: null })
    .execute()
  await notify(tx, 'outbox')
}

/**
 * Takes what may be sent now: the first of each conversation whose time has come, on a channel that is there to send. Also what
 * a process that died had in hand: its lease has ended.
 */
export async function claimSends(
  tx: Tx,
  options: { token: string; limit: number; now: Date; leaseUntil: Date },
): Promise<readonly Claimed[]> {
  const { rows } = await sql<Claimed>`with due as (
      select o.seq from outbox o join channels c on c.id = o.channel_id
      where o.not_before <= ${options.now} and o.state in ('queued', 'sending')
        and c.deleted_at is null and c.status not in ('logged_out', 'banned')
        and not exists (select 1 from outbox p where p.conversation_id = o.conversation_id and p.seq < o.seq)
      order by o.seq limit ${options.limit} for update of o skip locked
    ), claimed as (
      update outbox o set state = 'sending', lease_token = ${options.token}, not_before = ${options.leaseUntil}, tries = o.tries + 1
      from due where o.seq = due.seq
      returning o.seq, o.attempt_id, o.message_id, o.conversation_id, o.channel_id, o.lease_token, o.tries
    ) select claimed.*, a.created_at from claimed join send_attempts a on a.id = claimed.attempt_id order by claimed.seq`.execute(tx)
  return rows
}

const held = (claimed: Claimed) => sql`attempt_id = ${claimed.attempt_id} and state = 'sending' and lease_token = ${claimed.lease_token}`

/** Lengthens a lease; false when it has passed to somebody else. */
export async function extendLease(db: DbOrTx, claimed: Claimed, until: Date): Promise<boolean> {
  const { numAffectedRows } = await sql`update outbox set not_before = ${until} where ${held(claimed)}`.execute(db)
  return numAffectedRows === 1n
}

/** The network has it and will say more: the lane waits for that until `deadline`. False when the lease is lost. */
export async function awaitWord(tx: Tx, claimed: Claimed, deadline: Date): Promise<boolean> {
  const { numAffectedRows } =
    await sql`update outbox set state = 'awaiting', not_before = ${deadline}, lease_token = null where ${held(claimed)}`.execute(tx)
  return numAffectedRows === 1n
}

/** The same attempt again, later. False when the lease is lost. */
export async function requeue(tx: Tx, claimed: Claimed, notBefore: Date): Promise<boolean> {
  const { numAffectedRows } =
    await sql`update outbox set state = 'queued', not_before = ${notBefore}, lease_token = null where ${held(claimed)}`.execute(tx)
  return numAffectedRows === 1n
}

/** Whether this claim still holds; the row stays locked until the transaction ends. */
export async function lockClaim(tx: Tx, claimed: Claimed): Promise<boolean> {
  const { rows } = await sql`select 1 from outbox where ${held(claimed)} for update`.execute(tx)
  return rows.length === 1
}

/** Attempts whose word from the network is overdue. */
export async function listOverdue(db: Db, now: Date, limit: number): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('outbox')
    .select('attempt_id')
    .where('state', '=', 'awaiting')
    .where('not_before', '<=', now)
    .limit(limit)
    .execute()
  return rows.map((row) => row.attempt_id)
}

/** A message as it is sent, read fresh for each attempt. */
export interface SendableMessage {
  readonly conversation_external_id: ExternalId
  readonly type: ContentType
  readonly text: string | null
  readonly content: Readonly<Record<string, Json>>
  readonly reply_to_external_id: ExternalId | null
  readonly file: {
    readonly id: MediaId
    readonly type: FileType
    readonly mime_type: string
    readonly file_name: string | null
    readonly size_bytes: string
    readonly width: number | null
    readonly height: number | null
    readonly duration_ms: number | null
    readonly voice: boolean
  } | null
}

export async function findSendable(db: DbOrTx, message: MessageId): Promise<SendableMessage | undefined> {
  const { rows } =
    await sql<SendableMessage>`select c.external_id as conversation_external_id, m.type, m.content ->> 'text' as text, m.content, m.reply_to_external_id,
      (select jsonb_build_object('id', f.id, 'type', f.type, 'mime_type', f.mime_type, 'file_name', f.file_name, 'size_bytes', f.size_bytes::text,
        'width', f.width, 'height', f.height, 'duration_ms', f.duration_ms, 'voice', f.voice)
       from media f where f.message_id = m.id order by f.position limit 1) as file
    from messages m join conversations c on c.id = m.conversation_id where m.id = ${message}`.execute(db)
  return rows[0]
}
