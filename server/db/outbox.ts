import { type RawBuilder, sql } from 'kysely'
import type { ChannelId, ConversationId, ExternalId, MediaId, MessageId } from '../../contract/ids.ts'
import type { ContentType, FileType, MentionsInput } from '../../contract/content.ts'
import type { Held } from '../../contract/message.ts'
import type { Json } from '../lib/json.ts'
import { notify } from './notify.ts'
import type { PaceReason } from './pace.ts'
import { recordset } from './rows.ts'
import type { Db, DbOrTx, Tx } from './schema.ts'

/** A line of the outbox: a message's attempt, or a deed on a message that was sent before. The network knows it by `id`. */
interface Line {
  readonly seq: string
  readonly id: string
  readonly kind: 'message' | 'deed'
  readonly message_id: MessageId
  readonly conversation_id: ConversationId
  readonly channel_id: ChannelId
}

/** A line whose turn it is. */
export interface DueLine extends Line {
  /** Not begun before: only then it counts for the pace. */
  readonly fresh: boolean
  /** Of a message: nobody has been heard in its chat, so it may be the one that opens it. */
  readonly is_unheard: boolean
  /** Its channel has a limit of how much it sends. */
  readonly is_paced: boolean
  readonly held_for: Held['reason'] | null
  /** Whoever had it in hand died or lost it, and did not write down how it went. */
  readonly interrupted: boolean
}

/** A line that may begin, and whether it is the first message of a chat in which nobody has said anything. */
export interface PacedLine extends DueLine {
  readonly opens_chat: boolean
}

/** A line in hand: nobody else works on it until its lease ends. `started_at` is when it was begun for the first time. */
export interface Claimed extends Line {
  readonly lease_token: string
  readonly tries: number
  readonly started_at: Date
  readonly interrupted: boolean
}

/** An attempt at the end of its conversation's lane, as parts of a `with`: its statement is to end with the notice to whoever sends. */
export function queueing(attempt: {
  id: string
  message_id: MessageId
  conversation_id: ConversationId
  channel_id: ChannelId
  number: number
  now: Date
}): RawBuilder<unknown> {
  const { id, message_id, conversation_id, channel_id, number, now } = attempt
  return sql`attempt as (
      insert into send_attempts (id, message_id, channel_id, number, status, created_at)
        values (${id}, ${message_id}, ${channel_id}, ${number}, 'queued', ${now})
    ), line as (
      insert into outbox (attempt_id, message_id, conversation_id, channel_id, state, not_before)
        values (${id}, ${message_id}, ${conversation_id}, ${channel_id}, 'queued', ${now})
    )`
}

/**
 * What may be done now: the first of each conversation whose time has come, on a channel that is there to send. Also what a process
 * that died had in hand: its lease has ended. Nobody else is told of these, or of any, until the transaction ends, so that two processes
 * together keep the pace.
 */
export async function lockDue(tx: Tx, { limit, now }: { limit: number; now: Date }): Promise<readonly DueLine[]> {
  const { rows } = await sql<DueLine>`with turn as materialized (select pg_advisory_xact_lock(hashtext('outbox'), 0))
    select o.seq, coalesce(o.attempt_id, o.deed_id) as id,
      case when o.deed_id is null then 'message' else 'deed' end as kind, o.message_id, o.conversation_id, o.channel_id, o.held_for,
      o.started_at is null as fresh, o.state = 'sending' as interrupted, o.deed_id is null and v.type = 'direct' and v.last_inbound_at is null as is_unheard,
      c.messages_per_minute is not null or c.new_chats_per_day is not null as is_paced
    from turn, outbox o join channels c on c.id = o.channel_id join conversations v on v.id = o.conversation_id
    where o.not_before <= ${now} and o.state in ('queued', 'sending')
      and c.deleted_at is null and c.status not in ('logged_out', 'banned')
      and not exists (select 1 from outbox p where p.conversation_id = o.conversation_id and p.seq < o.seq)
    order by o.seq limit ${limit} for update of o skip locked`.execute(tx)
  return rows
}

/** Which of these conversations nobody has written in yet, from here or from the phone. */
export async function listUnopened(tx: Tx, conversations: readonly ConversationId[]): Promise<ReadonlySet<ConversationId>> {
  if (conversations.length === 0) return new Set()
  const begun = sql`select from send_attempts a where a.message_id = m.id and a.started_at is not null`
  const { rows } = await sql<{ id: ConversationId }>`select v.id from unnest(${conversations}::text[]) as v(id) where not exists (
    select from messages m where m.conversation_id = v.id and (m.origin in ('phone', 'history') or exists (${begun})))`.execute(tx)
  return new Set(rows.map((row) => row.id))
}

/** Takes lines under a lease; a message that was queued is being sent from now on. */
export async function claimLines(
  tx: Tx,
  lines: readonly PacedLine[],
  { token, now, leaseUntil }: { token: string; now: Date; leaseUntil: Date },
): Promise<readonly Claimed[]> {
  if (lines.length === 0) return []
  const { rows } = await sql<Claimed>`with claimed as (
      update outbox o set state = 'sending', lease_token = ${token}, not_before = ${leaseUntil}, held_for = null, held_detail = null, tries = o.tries + 1,
        started_at = coalesce(o.started_at, ${now})
      from ${recordset(lines, { seq: 'bigint', opens_chat: 'boolean', interrupted: 'boolean' })} where o.seq = r.seq
      returning o.seq, coalesce(o.attempt_id, o.deed_id) as id, case when o.deed_id is null then 'message' else 'deed' end as kind,
        o.message_id, o.conversation_id, o.channel_id, o.lease_token, o.tries, o.started_at, o.attempt_id, r.opens_chat, r.interrupted
    ), attempts as (
      update send_attempts a set started_at = ${now}, opens_chat = c.opens_chat, status = 'sending' from claimed c
      where a.id = c.attempt_id and a.started_at is null
    ), shown as (
      update messages m set status = 'sending' from claimed c
      where m.id = c.message_id and c.attempt_id is not null and m.status = 'queued'
    ) select seq, id, kind, message_id, conversation_id, channel_id, lease_token, tries, started_at, interrupted from claimed order by seq`.execute(
    tx,
  )
  return rows
}

/** Lets a line wait, and says for what. */
export async function holdLine(tx: Tx, { seq }: DueLine, until: Date, reason: PaceReason): Promise<void> {
  await sql`update outbox set not_before = ${until}, held_for = ${reason} where seq = ${seq}`.execute(tx)
}

/** Has what waits for the pace of a channel looked at again, because the pace is another one now. */
export async function releaseHeld(tx: Tx, channel: ChannelId, now: Date): Promise<void> {
  const { numAffectedRows } =
    await sql`update outbox set not_before = ${now} where channel_id = ${channel} and held_for is not null and state = 'queued'`.execute(tx)
  if ((numAffectedRows ?? 0n) > 0n) await notify(tx, 'outbox')
}

const held = (claimed: Claimed) => sql`seq = ${claimed.seq} and state = 'sending' and lease_token = ${claimed.lease_token}`

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

/** What the network lets wait: this line's conversation, or all of its number. */
export interface Hold {
  readonly reason: Held['reason']
  readonly detail: string
  readonly whole: boolean
}

/** The same line again, later, and with it what waits for the same. False when the lease is lost. */
export async function requeue(tx: Tx, claimed: Claimed, notBefore: Date, hold: Hold | null = null): Promise<boolean> {
  const { reason = null, detail = null } = hold ?? {}
  const { numAffectedRows } = await sql`update outbox set state = 'queued', not_before = ${notBefore}, lease_token = null,
      held_for = ${reason}, held_detail = ${detail} where ${held(claimed)}`.execute(tx)
  if (numAffectedRows !== 1n) return false
  if (hold?.whole === true) {
    await sql`update outbox set not_before = greatest(not_before, ${notBefore}), held_for = ${reason}, held_detail = ${detail}
      where channel_id = ${claimed.channel_id} and state = 'queued' and seq > ${claimed.seq}`.execute(tx)
  }
  return true
}

/** Whether this claim still holds; the row stays locked until the transaction ends. */
export async function lockClaim(tx: Tx, claimed: Claimed): Promise<boolean> {
  const { rows } = await sql`select 1 from outbox where ${held(claimed)} for update`.execute(tx)
  return rows.length === 1
}

/** Lines whose word from the network is overdue. */
export async function listOverdue(db: Db, now: Date, limit: number): Promise<readonly Pick<Line, 'id' | 'kind'>[]> {
  const { rows } = await sql<Pick<Line, 'id' | 'kind'>>`select coalesce(attempt_id, deed_id) as id,
      case when deed_id is null then 'message' else 'deed' end as kind
    from outbox where state = 'awaiting' and not_before <= ${now} limit ${limit}`.execute(db)
  return rows
}

/** Lets the conversation's next line go, and wakes whoever sends. */
export async function releaseLane(tx: Tx, id: string): Promise<void> {
  const { numAffectedRows } = await sql`delete from outbox where attempt_id = ${id} or deed_id = ${id}`.execute(tx)
  if ((numAffectedRows ?? 0n) > 0n) await notify(tx, 'outbox')
}

/** A message as it is sent, read fresh for each attempt. */
export interface SendableMessage {
  readonly conversation_external_id: ExternalId
  readonly type: ContentType
  readonly text: string | null
  readonly content: Readonly<Record<string, Json>> & { readonly mentions?: MentionsInput }
  readonly reply_to_external_id: ExternalId | null
  readonly file: SendableFile | null
}
export interface SendableFile {
  readonly id: MediaId
  readonly type: FileType
  readonly mime_type: string
  readonly file_name: string | null
  readonly size_bytes: string
  readonly width: number | null
  readonly height: number | null
  readonly duration_ms: number | null
  readonly voice: boolean
  readonly gif: boolean
}

export async function findSendable(db: DbOrTx, message: MessageId): Promise<SendableMessage | undefined> {
  const { rows } =
    await sql<SendableMessage>`select c.external_id as conversation_external_id, m.type, m.content ->> 'text' as text, m.content, m.reply_to_external_id,
      (select jsonb_build_object('id', f.id, 'type', f.type, 'mime_type', f.mime_type, 'file_name', f.file_name, 'size_bytes', f.size_bytes::text,
        'width', f.width, 'height', f.height, 'duration_ms', f.duration_ms, 'voice', f.voice, 'gif', f.gif)
       from media f where f.message_id = m.id order by f.position limit 1) as file
    from messages m join conversations c on c.id = m.conversation_id where m.id = ${message}`.execute(db)
  return rows[0]
}
