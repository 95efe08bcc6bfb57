import { sql } from 'kysely'
import type { ExternalId } from '../../contract/ids.ts'
import type { DbOrTx } from './schema.ts'

/** A suspicion that pushes were lost, until everything has been asked for. */
export interface Suspicion {
  readonly provider: string
  /** How many there have been, this one included. */
  readonly number: string
  readonly reason: string
  readonly since: Date
}

export async function raiseSuspicion(db: DbOrTx, provider: string, reason: string, now: Date): Promise<void> {
  await sql`insert into watches as w (provider, suspicions, reason, since) values (${provider}, 1, ${reason}, ${now})
    on conflict (provider) do update set suspicions = w.suspicions + 1,
      reason = case when w.suspicions > w.swept then w.reason else excluded.reason end,
      since = case when w.suspicions > w.swept then w.since else excluded.since end`.execute(db)
}

/** Those that are open, of one provider or of all. */
export async function listSuspicions(db: DbOrTx, provider?: string): Promise<readonly Suspicion[]> {
  const { rows } = await sql<Suspicion>`select provider, suspicions as number, reason, since from watches
    where suspicions > swept and provider = coalesce(${provider ?? null}, provider)`.execute(db)
  return rows
}

/** Everything was asked for since this suspicion was seen. Those that were raised meanwhile stay open. */
export async function answerSuspicion(db: DbOrTx, { provider, number }: Suspicion): Promise<void> {
  await sql`update watches set swept = greatest(swept, ${number}::bigint) where provider = ${provider}`.execute(db)
}

/** Where the log of what arrives ends. */
export async function findNewestBatch(db: DbOrTx): Promise<string> {
  const { rows } = await sql<{ id: string }>`select coalesce(max(id), 0)::text as id from inbound_batches`.execute(db)
  return rows[0]?.id ?? '0'
}

/** The newest batch of a stream behind this one; undefined when none has come. */
export async function findBatchAfter(db: DbOrTx, provider: string, stream: string, after: string): Promise<string | undefined> {
  const { rows } = await sql<{ id: string | null }>`select max(id)::text as id from inbound_batches
    where id > ${after}::bigint and provider = ${provider} and stream = ${stream}`.execute(db)
  return rows[0]?.id ?? undefined
}

/** What events that came between these times wait for, each once. */
export async function listAwaited(db: DbOrTx, provider: string, from: Date, to: Date): Promise<readonly string[]> {
  const { rows } = await sql<{ waits_for: string }>`select distinct waits_for from deferred_events
    where provider = ${provider} and received_at > ${from} and received_at <= ${to} limit 1000`.execute(db)
  return rows.map((row) => row.waits_for)
}

/** The accounts in whose chats something came between these times that refers to a message which is not here. */
export async function listBereftAccounts(db: DbOrTx, provider: string, from: Date, to: Date): Promise<readonly string[]> {
  const { rows } = await sql<{
    account_id: string
  }>`select distinct c.account_id from pending_relations p join channels c on c.id = p.channel_id
    where c.provider = ${provider} and c.account_id is not null and p.received_at > ${from} and p.received_at <= ${to} limit 1000`.execute(
    db,
  )
  return rows.map((row) => row.account_id)
}

/** A message of ours that the network has taken and said nothing more of. */
export interface Unproven {
  readonly account: ExternalId
  readonly conversation: ExternalId
  readonly message: ExternalId
}

const mostUnproven = 500

/** The newest of those that were sent after `from` and before `to`. */
export async function listUnproven(db: DbOrTx, provider: string, from: Date, to: Date): Promise<readonly Unproven[]> {
  const { rows } = await sql<Unproven>`select u.external_id as account, v.external_id as conversation, a.external_id as message
    from send_attempts a join messages m on m.id = a.message_id join conversations v on v.id = m.conversation_id
      join channels c on c.id = m.channel_id join accounts u on u.id = c.account_id
    where c.provider = ${provider} and a.status = 'sending' and a.external_id is not null and u.external_id is not null
      and a.created_at > ${from} and a.created_at < ${to}
    order by a.created_at desc limit ${mostUnproven}`.execute(db)
  return rows
}
