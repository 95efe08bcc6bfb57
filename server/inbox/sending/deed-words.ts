import { sql } from 'kysely'
import type { ExternalId } from '../../../contract/ids.ts'
import type { SendFailure } from '../../../contract/message.ts'
import { type Deed, dropOurReaction, findOurReaction, handOnBefore, nameReaction, putOurReaction, updateDeed } from '../../db/deeds.ts'
import { releaseLane } from '../../db/outbox.ts'
import type { Tx } from '../../db/schema.ts'
import { dropVersion, forgetWords } from '../../db/versions.ts'
import { toJsonb } from '../../lib/json.ts'
import type { Drawing, Word } from './ticks.ts'

/** What has become known of a deed. `unconfirmed`: nobody knows whether it was done; it is never done again by the machine. */
export interface DeedWord {
  readonly status: 'sending' | 'unconfirmed' | 'done' | 'failed'
  readonly external?: ExternalId
  /** With `failed`: why. */
  readonly error?: SendFailure
}

/** A word on a line of the outbox, as a deed takes it: it has no states between begun and done. */
export function deedWordOf({ state, external, error, doubt }: Word): DeedWord {
  const status =
    doubt === true ? 'unconfirmed' : state === 'failed' ? 'failed' : state === 'queued' || state === 'sending' ? 'sending' : 'done'
  return { status, ...(external === undefined ? {} : { external }), ...(error === undefined ? {} : { error }) }
}

const settled = (status: Deed['status']) => status === 'done' || status === 'failed'

/** Writes down what is known of a deed. What failed for certain is put back as it was; what is settled stays so. */
export async function recordDeedWord(drawing: Drawing, deed: Deed, word: DeedWord): Promise<void> {
  const { tx, changes } = drawing
  if (settled(deed.status) && word.external === undefined) return
  const status = settled(deed.status) || (deed.status === 'unconfirmed' && word.status === 'sending') ? deed.status : word.status
  const { external, error } = word
  await updateDeed(tx, deed.id, {
    status,
    ...(external === undefined ? {} : { external_id: external }),
    ...(error === undefined || status !== 'failed' ? {} : { error }),
  })
  if (external !== undefined && deed.kind === 'reaction') await nameReaction(tx, deed, external)
  if (status === 'failed' && deed.status !== 'failed') await putBack(tx, { ...deed, external_id: external ?? deed.external_id })
  if (status === 'done' && deed.kind === 'delete') {
    await tx.deleteFrom('media').where('message_id', '=', deed.message_id).execute()
    await forgetWords(tx, deed.message_id)
  }
  if (status !== 'sending') await releaseLane(tx, deed.id)
  if (status === deed.status) return
  changes.push({ type: 'message.updated', objectId: deed.message_id, channelId: deed.channel_id })
  changes.push({ type: 'conversation.updated', objectId: deed.conversation_id, channelId: deed.channel_id })
}

/** Shows again what the message showed before, unless something later has been done to it or told of it meanwhile. */
async function putBack(tx: Tx, deed: Deed): Promise<void> {
  const { before } = deed
  if (await handOnBefore(tx, deed)) {
    // What was edited again meanwhile was never said in the first new words.
    if (deed.kind === 'edit') await dropVersion(tx, deed.message_id, deed.created_at)
    return
  }
  if ('reaction' in before) return putReactionBack(tx, deed, before.reaction)
  const { type, content, text, edited_at } = before.message
  const isStill = deed.kind === 'delete' ? sql`deleted_at = ${deed.created_at}` : sql`edited_at = ${deed.created_at} and deleted_at is null`
  await sql`update messages set type = ${type}, content = ${toJsonb(content)}::jsonb, text = ${text}, edited_at = ${edited_at}, deleted_at = null
    where id = ${deed.message_id} and ${isStill}`.execute(tx)
  if (deed.kind === 'edit')
    await sql`delete from message_versions v using messages m where m.id = v.message_id and m.id = ${deed.message_id} and m.text = v.text
      and v.written_at = coalesce(m.edited_at, m.sent_at)`.execute(tx)
}

async function putReactionBack(tx: Tx, deed: Deed, before: Awaited<ReturnType<typeof findOurReaction>>): Promise<void> {
  const now = await findOurReaction(tx, deed.message_id)
  const isStill = deed.content.emoji === null ? now === null : now?.external_id === deed.id || now?.external_id === deed.external_id
  if (!isStill) return
  if (before === null) await dropOurReaction(tx, deed.message_id)
  else await putOurReaction(tx, deed.message_id, before)
}
