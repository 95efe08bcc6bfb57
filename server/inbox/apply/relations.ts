import { sql } from 'kysely'
import type { ChannelId, ExternalId } from '../../../contract/ids.ts'
import { advance, type DeliveryState } from '../../../contract/delivery.ts'
import type { SendFailure } from '../../../contract/message.ts'
import { lockAttempt, type LockedAttempt, readUpTo } from '../../db/attempts.ts'
import { type Deed, isDeed, lockDeed } from '../../db/deeds.ts'
import { closeWindow } from '../../db/conversations.ts'
import { findByExternal, type FoundMessage, replaceContent } from '../../db/messages.ts'
import { forgetNotUnderstood, keepNotUnderstood } from '../../db/not-understood.ts'
import { insertReceiptOnce, isGroup, readGroupUpTo } from '../../db/receipts.ts'
import { insertPending, lockTarget, takePending } from '../../db/relations.ts'
import { forgetWords } from '../../db/versions.ts'
import type { Json } from '../../lib/json.ts'
import type { InboundEvent, Receipt, Sender } from '../../providers/provider.ts'
import { recordDeedWord } from '../sending/deed-words.ts'
import { recordWord } from '../sending/ticks.ts'
import { filesOf, keepFiles, storedContent } from './content.ts'
import type { Applying } from './context.ts'
import { resolvePeople } from './people.ts'
import { applyVote } from './votes.ts'

/** What concerns a message that was there before: receipts, edits, deletions, reactions, votes. */
export type Relation = Extract<InboundEvent, { type: 'receipt' | 'edit' | 'delete' | 'reaction' | 'vote' }>

/** Applies a relation to its message, or keeps it until the message comes. */
export async function applyRelation(applying: Applying, channel: ChannelId, relation: Relation): Promise<void> {
  if (relation.type !== 'receipt' && relation.type !== 'vote' && (await recordDeedEcho(applying, relation))) return
  // A redaction carries nothing of ours on some homeservers, and comes again by the audit: what was refused must not be done then.
  if (relation.type === 'delete' && (await isDeed(applying.tx, channel, relation.id))) return
  if (await apply(applying, channel, relation)) return
  await lockTarget(applying.tx, channel, relation.target)
  const done = await apply(applying, channel, relation)
  if (!done) await insertPending(applying.tx, channel, relation.target, relation as unknown as Json, applying.now)
}

/** The network shows us an edit, a reaction or a redaction that we made. False when we know of no such deed. */
async function recordDeedEcho(applying: Applying, { id, attempt }: Exclude<Relation, { type: 'receipt' | 'vote' }>): Promise<boolean> {
  const deed = attempt === undefined ? undefined : await lockDeed(applying.tx, { id: attempt })
  if (deed === undefined) return false
  if (deed.external_id === null) await nameDeed(applying, deed, id)
  return true
}

async function nameDeed(applying: Applying, deed: Deed, external: ExternalId): Promise<void> {
  await lockTarget(applying.tx, deed.channel_id, external)
  await recordDeedWord(applying, deed, { status: 'sending', external })
  await applyPending(applying, [{ channel_id: deed.channel_id, target: external }])
}

/** Applies what came before its message. */
export async function applyPending(applying: Applying, targets: readonly { channel_id: ChannelId; target: ExternalId }[]): Promise<void> {
  const pending = await takePending(applying.tx, targets)
  const relations = pending.map((one) => ({ channel: one.channel_id, relation: one.event as unknown as Relation }))
  await resolvePeople(
    applying,
    relations.map((one) => one.relation),
  )
  for (const { channel, relation } of relations) await applyRelation(applying, channel, relation)
}

async function apply(applying: Applying, channel: ChannelId, relation: Relation): Promise<boolean> {
  if (relation.type === 'receipt') return applyReceipt(applying, channel, relation)
  if (relation.type === 'delete' && (await removeReaction(applying, channel, relation.target))) return true
  const message = await findByExternal(applying.tx, channel, relation.target)
  if (message === undefined) return false
  if (relation.type === 'edit') await applyEdit(applying, message, relation)
  if (relation.type === 'delete') await applyDelete(applying, message, relation)
  if (relation.type === 'reaction') await applyReaction(applying, message, relation)
  if (relation.type === 'vote' && (await applyVote(applying, message, relation))) tell(applying, message)
  return true
}

async function applyReceipt(applying: Applying, channel: ChannelId, receipt: Receipt): Promise<boolean> {
  const { tx } = applying
  const name = { channelId: channel, external: receipt.target }
  const known = (await lockNamed(applying, channel, receipt)) ?? (await lockAttempt(tx, name))
  if (known !== undefined) return applyToAttempt(applying, channel, known, receipt)
  const deed = (await lockNamedDeed(applying, channel, receipt)) ?? (await lockDeed(tx, name))
  if (deed !== undefined) return applyToDeed(applying, channel, deed, receipt)
  const message = await findByExternal(tx, channel, receipt.target)
  if (message === undefined) return false
  // The answer to our send may have been written down since its attempt was looked for.
  const late = await lockAttempt(tx, name)
  if (late !== undefined) return applyToAttempt(applying, channel, late, receipt)
  const at = new Date(receipt.at)
  if (receipt.upTo) await tellRead(applying, channel, message.conversation_id, readWith(message.sent_at, at), receipt)
  else if (message.direction === 'outbound' && (await isOfOne(applying, message.conversation_id, receipt)))
    await noteReceipt(applying, message.id, receipt)
  else if (message.direction === 'outbound' && receipt.error === undefined) {
    // Sent from the phone: no attempt of ours, so its own row carries the tick.
    const { numAffectedRows } = await sql`update messages set status = 'delivered', delivered_at = coalesce(delivered_at, ${at})
      where id = ${message.id} and status = 'sent' and ${receipt.state} = 'delivered'`.execute(tx)
    if (numAffectedRows === 1n) applying.changes.push({ type: 'message.updated', objectId: message.id, channelId: channel })
  }
  return true
}

/** The attempt that a receipt names itself: when the answer to our send was lost, its id is learnt here. */
async function lockNamed(applying: Applying, channel: ChannelId, { attempt: id, target }: Receipt): Promise<LockedAttempt | undefined> {
  const attempt = id === undefined ? undefined : await lockAttempt(applying.tx, { id })
  if (attempt?.channel_id !== channel) return undefined
  if (attempt.external_id !== null) return attempt
  await lockTarget(applying.tx, channel, target)
  await recordWord(applying, attempt, { state: 'sending', external: target, at: applying.now })
  await applyPending(applying, [{ channel_id: channel, target }])
  return lockAttempt(applying.tx, { id: attempt.id })
}

/** The same for a reaction: to the network it is a message like others (`protocol/meta.md` 5.3). */
async function lockNamedDeed(applying: Applying, channel: ChannelId, { attempt: id, target }: Receipt): Promise<Deed | undefined> {
  const deed = id === undefined ? undefined : await lockDeed(applying.tx, { id })
  if (deed?.channel_id !== channel) return undefined
  if (deed.external_id !== null) return deed
  await nameDeed(applying, deed, target)
  return lockDeed(applying.tx, { id: deed.id })
}

/**
 * Up to when is read what was read together with a message of the network, `at` that moment. The network counts seconds and we do not:
 * what we said in the same second stands before it, if it was said before the reading.
 */
function readWith(sentAt: Date, at: Date): Date {
  const endOfSecond = Math.floor(sentAt.getTime() / 1000) * 1000 + 999
  return new Date(Math.max(sentAt.getTime(), Math.min(endOfSecond, at.getTime())))
}

async function applyToAttempt(applying: Applying, channel: ChannelId, attempt: LockedAttempt, receipt: Receipt): Promise<true> {
  const { error, state } = receipt
  const at = new Date(receipt.at)
  const isOfOne = attempt.in_group && receipt.from !== undefined
  const told = error !== undefined && !error.certain ? attempt.status : isOfOne ? provenByOne(attempt.status, state) : state
  // Each of many who have read it says nothing new of the message itself.
  if (!isOfOne || advance(attempt.status, told) !== attempt.status)
    await recordWord(applying, attempt, {
      state: told,
      at,
      ...(error === undefined ? {} : { doubt: !error.certain, error: failureIn(error) }),
    })
  if (receipt.upTo) await tellRead(applying, channel, attempt.conversation_id, attempt.sent_at, receipt)
  else if (isOfOne) await noteReceipt(applying, attempt.message_id, receipt)
  if (error?.code === 'window_closed') await closeWindow(applying.tx, attempt.conversation_id, applying.now)
  return true
}

/** What somebody in a group has read is on WhatsApp, even if it was refused before; the message is read when all have. */
function provenByOne(before: DeliveryState, told: DeliveryState): DeliveryState {
  if (told !== 'delivered' && told !== 'read' && told !== 'played') return told
  return before === 'failed' ? 'delivered' : 'sent'
}

/** Whether it tells of one person among many. */
async function isOfOne({ tx }: Applying, conversation: FoundMessage['conversation_id'], { from }: Receipt): Promise<boolean> {
  return from !== undefined && isGroup(tx, conversation)
}

async function noteReceipt({ tx, people, now }: Applying, message: FoundMessage['id'], { from, state, at }: Receipt): Promise<void> {
  const contact = from === undefined ? undefined : people.get(from.id)
  if (contact === undefined || (state !== 'delivered' && state !== 'read' && state !== 'played')) return
  const read = state === 'delivered' ? 'delivered' : 'read'
  await insertReceiptOnce(tx, message, { contact, state: read, at: new Date(at) }, now)
}

async function applyToDeed(applying: Applying, channel: ChannelId, deed: Deed, receipt: Receipt): Promise<true> {
  const { error, upTo } = receipt
  await recordDeedWord(applying, deed, {
    status: error === undefined ? 'done' : error.certain ? 'failed' : 'unconfirmed',
    ...(error === undefined ? {} : { error: { ...failureIn(error), retryable: false } }),
  })
  if (upTo) await tellRead(applying, channel, deed.conversation_id, deed.created_at, receipt)
  return true
}

function failureIn(error: NonNullable<Receipt['error']>): SendFailure {
  const { certain: _, ...failure } = error
  return failure
}

async function tellRead(
  applying: Applying,
  channel: ChannelId,
  conversation: FoundMessage['conversation_id'],
  upTo: Date,
  receipt: Receipt,
): Promise<void> {
  const at = new Date(receipt.at)
  if (await isOfOne(applying, conversation, receipt)) {
    const contact = receipt.from === undefined ? undefined : applying.people.get(receipt.from.id)
    if (contact !== undefined) await readGroupUpTo(applying.tx, { conversation, contact, upTo, at }, applying.now)
    return
  }
  const read = await readUpTo(applying.tx, conversation, upTo, at)
  applying.changes.push(...read.map((id) => ({ type: 'message.updated' as const, objectId: id, channelId: channel })))
  if (read.length > 0) applying.changes.push({ type: 'conversation.updated', objectId: conversation, channelId: channel })
}

async function applyEdit(applying: Applying, message: FoundMessage, edit: Extract<Relation, { type: 'edit' }>): Promise<void> {
  const at = new Date(edit.at)
  const stale = message.edited_at !== null && message.edited_at > at
  if (message.deleted_at !== null || stale || !wrote(applying, message, edit.sender)) return
  const { tx, provider, now } = applying
  const stored = storedContent(applying, message.channel_id, edit.content)
  const changed = await replaceContent(tx, message.id, { ...stored, ...(edit.silent ? {} : { edited_at: at }) })
  await forgetNotUnderstood(tx, message.id)
  if (edit.raw !== undefined) await keepNotUnderstood(tx, provider, [{ external_id: edit.id, message_id: message.id, raw: edit.raw }], now)
  const files = filesOf(edit.content)
  const refs = JSON.stringify(files.map((file) => file.ref))
  const { numAffectedRows } = await sql`delete from media where message_id = ${message.id}
    and not exists (select 1 from jsonb_array_elements(${refs}::jsonb) r where r = media.ref)`.execute(tx)
  const kept = await tx.selectFrom('media').select('id').where('message_id', '=', message.id).execute()
  const missing = files.slice(kept.length)
  await keepFiles(applying, [{ id: message.id, channel_id: message.channel_id, files: missing }])
  if (changed || missing.length > 0 || (numAffectedRows ?? 0n) > 0n) tell(applying, message)
}

async function applyDelete(applying: Applying, message: FoundMessage, deletion: Extract<Relation, { type: 'delete' }>): Promise<void> {
  if (message.deleted_at !== null) return
  const content: Json = deletion.disappeared === true ? { deleted: { reason: 'disappeared' } } : {}
  await replaceContent(applying.tx, message.id, { type: 'deleted', content, text: '', deleted_at: applying.now })
  await forgetNotUnderstood(applying.tx, message.id)
  await forgetWords(applying.tx, message.id)
  await applying.tx.deleteFrom('media').where('message_id', '=', message.id).execute()
  tell(applying, message)
}

/** One that was taken back stays as an empty one, so that an earlier one which comes late does not come back. */
async function applyReaction(applying: Applying, message: FoundMessage, reaction: Extract<Relation, { type: 'reaction' }>): Promise<void> {
  const contact = reaction.sender.isUs ? null : (applying.people.get(reaction.sender.id) ?? null)
  const row = { contact_id: contact, emoji: reaction.emoji, external_id: reaction.id, at: new Date(reaction.at) }
  await applying.tx
    .insertInto('reactions')
    .values({ message_id: message.id, sender: contact ?? 'us', user_id: null, ...row })
    .onConflict((conflict) => conflict.columns(['message_id', 'sender']).doUpdateSet(row).where('reactions.at', '<=', row.at))
    .execute()
  tell(applying, message)
  // While it waited for its message it may have been taken away.
  await applyPending(applying, [{ channel_id: message.channel_id, target: reaction.id }])
}

async function removeReaction(applying: Applying, channel: ChannelId, external: ExternalId): Promise<boolean> {
  const removed = await applying.tx.deleteFrom('reactions').where('external_id', '=', external).returning('message_id').executeTakeFirst()
  // The bridge takes away on its side what a newer reaction of ours has replaced.
  if (removed === undefined) return isDeed(applying.tx, channel, external)
  const message = await applying.tx
    .selectFrom('messages')
    .select(['id', 'channel_id'])
    .where('id', '=', removed.message_id)
    .executeTakeFirstOrThrow()
  applying.changes.push({ type: 'message.updated', objectId: message.id, channelId: message.channel_id })
  return true
}

/** Only who wrote a message may change it. */
function wrote(applying: Applying, message: FoundMessage, sender: Sender): boolean {
  if (sender.isUs) return message.direction === 'outbound'
  return message.direction === 'inbound' && message.sender_contact_id === (applying.people.get(sender.id) ?? null)
}

function tell(applying: Applying, message: FoundMessage): void {
  applying.changes.push({ type: 'message.updated', objectId: message.id, channelId: message.channel_id })
  applying.changes.push({ type: 'conversation.updated', objectId: message.conversation_id, channelId: message.channel_id })
}
