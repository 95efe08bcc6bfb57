import { sql } from 'kysely'
import type { MessageId } from '../../contract/ids.ts'
import type { Tx } from './schema.ts'

/** Keeps what a message says now, if it is about to say something else. Its time is when it was said, or edited last. */
export async function keepVersion(tx: Tx, message: MessageId, next: string): Promise<void> {
  await sql`insert into message_versions (message_id, written_at, text)
    select id, coalesce(edited_at, sent_at), text from messages where id = ${message} and text <> '' and text <> ${next}
    on conflict (message_id, written_at) do nothing`.execute(tx)
}

/** Forgets one version: it is what the message says again, or has never been said on the network. */
export async function dropVersion(tx: Tx, message: MessageId, writtenAt: Date | string): Promise<void> {
  await tx.deleteFrom('message_versions').where('message_id', '=', message).where('written_at', '=', new Date(writtenAt)).execute()
}

/** Forgets all that a deleted message has said: its versions, and what we had done to it. What is still to be settled may be put back. */
export async function forgetWords(tx: Tx, message: MessageId): Promise<void> {
  await tx.deleteFrom('message_versions').where('message_id', '=', message).execute()
  await sql`update deeds set content = '{}', before = '{}' where message_id = ${message} and kind <> 'reaction' and status in ('done', 'failed')`.execute(
    tx,
  )
}
