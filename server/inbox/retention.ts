import { sql } from 'kysely'
import type { MediaId } from '../../contract/ids.ts'
import { forgetEvents } from '../db/feed.ts'
import type { Db } from '../db/schema.ts'
import { deleteMessages, expireFiles, listFilesOf, listOldFiles, listOldMessages } from '../db/old.ts'
import { deleteExpiredSessions } from '../db/sessions.ts'
import { transact } from '../db/transact.ts'
import type { Clock } from '../lib/clock.ts'
import type { Log } from '../lib/log.ts'
import type { MediaFiles } from '../lib/media-files.ts'
import { startWorker, type Worker } from '../lib/worker.ts'
import { readRetention } from './settings/retention.ts'

interface Deps {
  readonly db: Db
  readonly clock: Clock
  readonly log: Log
  readonly files: Pick<MediaFiles, 'remove'>
}

const day = 24 * 3_600_000
const rowsAtOnce = 500
/** In a line of the log. */
const mostNamed = 10
/** Much hangs on a message. */
const messagesAtOnce = 300
/** How long what is only needed for a while is kept, in milliseconds. */
const kept = {
  events: 7 * day,
  batches: 7 * day,
  idempotencyKeys: 2 * day,
  pendingRelations: 7 * day,
  // Long enough for an admin to see the warning and to connect the number that they are for.
  deferredEvents: 30 * day,
  unusedUploads: 2 * day,
  endedLogins: 30 * day,
} as const

/** Forgets once an hour what is no longer needed, in small pieces, so that the change feed is never held back. */
export function startRetention(deps: Deps): Worker {
  const round = async () => {
    const more = await forgetSome(deps)
    return (await forgetOld(deps)) || more
  }
  return startWorker({ name: 'retention', idleMs: 3_600_000, log: deps.log, round })
}

/** One piece of what the admins want to be rid of; true when there may be more. Files go first, so that none is left without a row. */
async function forgetOld({ db, clock, files }: Deps): Promise<boolean> {
  const { messages_days, media_days, audit_days } = await readRetention(db)
  const now = new Date(clock())
  const before = (days: number) => new Date(now.getTime() - days * day)
  const removeAll = async (ids: readonly MediaId[]) => {
    for (const id of ids) await files.remove(id)
  }
  const messages = messages_days === null ? [] : await listOldMessages(db, before(messages_days), messagesAtOnce)
  await removeAll(await listFilesOf(db, messages))
  if (messages.length > 0) await transact(db, (tx) => deleteMessages(tx, messages, now))
  const media = media_days === null ? [] : await listOldFiles(db, before(media_days), rowsAtOnce)
  await removeAll(media)
  if (media.length > 0) await transact(db, (tx) => expireFiles(tx, media, now))
  let more = messages.length === messagesAtOnce || media.length === rowsAtOnce
  for (const book of ['audit', 'activities']) {
    const { numAffectedRows } = await sql`delete from ${sql.table(book)} where id in
      (select id from ${sql.table(book)} where at < ${before(audit_days)} limit ${rowsAtOnce})`.execute(db)
    more ||= numAffectedRows === BigInt(rowsAtOnce)
  }
  return more
}

/** One piece of each; true when there may be more. */
async function forgetSome({ db, clock, log, files }: Deps): Promise<boolean> {
  const before = (ms: number) => new Date(clock() - ms)
  const deletions = [
    sql`delete from inbound_batches where id in (select id from inbound_batches where done_at < ${before(kept.batches)} limit ${rowsAtOnce})`,
    sql`delete from idempotency_keys where (principal, key) in
      (select principal, key from idempotency_keys where created_at < ${before(kept.idempotencyKeys)} limit ${rowsAtOnce})`,
    sql`delete from pending_relations where id in (select id from pending_relations where received_at < ${before(kept.pendingRelations)} limit ${rowsAtOnce})`,
    sql`delete from logins where id in (select id from logins where updated_at < ${before(kept.endedLogins)}
      and status in ('connected', 'expired', 'cancelled', 'failed') limit ${rowsAtOnce})`,
  ]
  let more = await forgetEvents(db, before(kept.events), rowsAtOnce)
  await deleteExpiredSessions(db, new Date(clock()))
  for (const deletion of deletions) {
    const { numAffectedRows } = await deletion.execute(db)
    more ||= numAffectedRows === BigInt(rowsAtOnce)
  }
  const { rows: deferred } = await sql<{ waits_for: string }>`delete from deferred_events where id in
    (select id from deferred_events where received_at < ${before(kept.deferredEvents)} limit ${rowsAtOnce}) returning waits_for`.execute(db)
  if (deferred.length > 0) {
    const waitedFor = [...new Set(deferred.map((row) => row.waits_for))].slice(0, mostNamed).join(' ')
    log.warn({ events: deferred.length, waited_for: waitedFor }, 'events were given up: what they waited for was not known for 30 days')
  }
  more ||= deferred.length === rowsAtOnce
  const { rows } = await sql<{ id: MediaId }>`delete from media where id in
    (select id from media m where message_id is null and created_at < ${before(kept.unusedUploads)}
      and not exists (select from contacts where picture_id = m.id) and not exists (select from conversations where picture_id = m.id)
      limit ${rowsAtOnce}) returning id`.execute(db)
  for (const { id } of rows) await files.remove(id)
  return more || rows.length === rowsAtOnce
}
