import { sql } from 'kysely'
import type { ChannelId, ConversationId, ExternalId, MessageId } from '../../../contract/ids.ts'
import type { DeedKind, EditInput } from '../../../contract/message.ts'
import { dropOurReaction, findOurReaction, insertDeed, putOurReaction } from '../../db/deeds.ts'
import { appendEvents } from '../../db/events.ts'
import { replaceContent } from '../../db/messages.ts'
import type { Tables, Tx } from '../../db/schema.ts'
import type { Before, DeedContent } from '../../db/stored-json.ts'
import { transact } from '../../db/transact.ts'
import { AppError } from '../../lib/errors.ts'
import type { Json } from '../../lib/json.ts'
import type { Limits, OutboundMention } from '../../providers/provider.ts'
import { type Actor, getMessageFor } from '../people/access.ts'
import { getLine, limitsOf } from './lines.ts'
import type { Line } from '../channels/connections.ts'
import { type Claim, makeOnce } from '../idempotency.ts'
import { checkMentions } from './mentions.ts'
import type { SendDeps } from './send.ts'

type DeedDeps = Pick<SendDeps, 'db' | 'clock' | 'newAttemptId' | 'findLine'>

/**
 * Gives our number's reaction to a message, or takes it back (`null`). One number has one reaction, whichever of us gave it: a second one
 * takes its place. What stands already is left alone. Throws unsupported with the reason, and what `getLine` throws.
 */
export async function react(
  deps: DeedDeps,
  actor: Actor,
  messageId: MessageId,
  emoji: string | null,
  claim: Claim | null = null,
): Promise<MessageId> {
  if (emoji !== null && !isEmoji(emoji)) {
    throw new AppError('invalid_request', 'A reaction is one emoji.', {
      fields: [{ pointer: '/emoji', code: 'no_emoji', detail: 'a single emoji is expected' }],
    })
  }
  return perform(deps, actor, messageId, claim, 'reaction', async (tx, target, deedId, now) => {
    const before = await findOurReaction(tx, target.id)
    if (bare(before?.emoji ?? null) === bare(emoji)) return null
    if (emoji === null) await dropOurReaction(tx, target.id)
    else {
      const user_id = actor.kind === 'user' ? actor.id : null
      await putOurReaction(tx, target.id, { emoji, external_id: deedId as ExternalId, user_id, at: now.toISOString() })
    }
    return { content: { emoji }, before: { reaction: before } }
  })
}

/** Changes a text of ours, for everyone. Throws as `react`, and invalid_request for whom it may not name. */
export async function edit(
  deps: DeedDeps,
  actor: Actor,
  messageId: MessageId,
  { text, mentions = [] }: EditInput,
  claim: Claim | null = null,
): Promise<MessageId> {
  if (text.trim() === '') {
    throw new AppError('invalid_request', 'The text is empty.', {
      fields: [{ pointer: '/text', code: 'required', detail: 'a message needs a text; delete it instead' }],
    })
  }
  const { conversation_id } = await getMessageFor(deps.db, actor, messageId)
  const people = await checkMentions(deps.db, conversation_id, text, mentions)
  const words: DeedContent = { text, ...(mentions.length === 0 ? {} : { mentions }) }
  const make = async (tx: Tx, target: TargetMessage, _: string, now: Date) => {
    if (target.text === text && mentions.length === 0 && target.content['mentions'] === undefined) return null
    await replaceContent(tx, target.id, { type: 'text', content: words as Json, text, edited_at: now })
    return { content: words, before: contentBefore(target) }
  }
  return perform(deps, actor, messageId, claim, 'edit', make, { text, people })
}

/** Takes a message of ours back, for everyone. Throws as `react`. */
export async function takeBack(deps: DeedDeps, actor: Actor, messageId: MessageId, claim: Claim | null = null): Promise<MessageId> {
  return perform(deps, actor, messageId, claim, 'delete', async (tx, target, _, now) => {
    // Its files stay until the network has taken it back too: if it refuses, they are shown again.
    await replaceContent(tx, target.id, { type: 'deleted', content: {}, text: '', deleted_at: now })
    return { content: {}, before: contentBefore(target) }
  })
}

type TargetMessage = Pick<Tables['messages'], 'id' | 'direction' | 'type' | 'external_id' | 'status'> & {
  readonly conversation_id: ConversationId
  readonly channel_id: ChannelId
  readonly content: Readonly<Record<string, unknown>>
  readonly text: string
  readonly sent_at: Date
  readonly edited_at: Date | null
}
type Made = { readonly content: DeedContent; readonly before: Before } | null

/** Checks a deed, then shows it done, queues it and tells the feed in one transaction; `make` returns null where there is nothing to do. */
async function perform(
  deps: DeedDeps,
  actor: Actor,
  messageId: MessageId,
  claim: Claim | null,
  kind: DeedKind,
  make: (tx: Tx, target: TargetMessage, deedId: string, now: Date) => Promise<Made>,
  said?: { readonly text: string; readonly people: readonly OutboundMention[] },
): Promise<MessageId> {
  if (claim !== null && claim.made !== null) return claim.made as MessageId
  const found = await getMessageFor(deps.db, actor, messageId)
  const line = await getLine(deps, found.channel_id)
  const place = await deps.db
    .selectFrom('conversations')
    .select('external_id')
    .where('id', '=', found.conversation_id)
    .executeTakeFirstOrThrow()
  const limits = await limitsOf(deps.db, line, place.external_id)
  await transact(deps.db, async (tx) => {
    const target = await lockTargetMessage(tx, messageId)
    const now = new Date(deps.clock())
    const isDone = kind === 'delete' && target.type === 'deleted'
    const why = isDone ? undefined : (refusalOf(kind, target, limits, now.getTime()) ?? tooLong(line, place.external_id, target, said))
    if (why !== undefined) throw new AppError('unsupported', why)
    await makeOnce(tx, claim, messageId)
    const id = deps.newAttemptId()
    const made = isDone ? null : await make(tx, target, id, now)
    if (made === null) return
    const { conversation_id, channel_id } = target
    await insertDeed(tx, { id, message_id: messageId, conversation_id, channel_id, kind, ...made, created_at: now })
    const shown = kind === 'reaction' ? [] : [{ type: 'conversation.updated' as const, objectId: conversation_id, channelId: channel_id }]
    await appendEvents(tx, [{ type: 'message.updated', objectId: messageId, channelId: channel_id }, ...shown], now)
  })
  return messageId
}

async function lockTargetMessage(tx: Tx, id: MessageId): Promise<TargetMessage> {
  const { rows } =
    await sql<TargetMessage>`select id, conversation_id, channel_id, direction, type, external_id, status, content, text, sent_at, edited_at
    from messages where id = ${id} for update`.execute(tx)
  const [row] = rows
  if (row === undefined) throw new AppError('not_found', 'There is no such message.')
  return row
}

function contentBefore({ type, content, text, edited_at }: TargetMessage): Before {
  return { message: { type, content, text, edited_at: edited_at?.toISOString() ?? null } }
}

/** What is known of a message before something is done to it. */
type Judged = Pick<TargetMessage, 'direction' | 'type' | 'external_id' | 'status' | 'sent_at'>

/** Why this cannot be done to a message, in a sentence; undefined when it can. Pure. */
function refusalOf(kind: DeedKind, message: Judged, limits: Limits, now: number): string | undefined {
  if (message.type === 'deleted') return 'This message is deleted already.'
  if (message.type === 'system') return 'This is a notice of WhatsApp and no message: nothing can be done to it.'
  if (message.status === 'failed') return 'This message was never sent. Send it again, or leave it.'
  if (message.external_id === null) return 'This message has not reached WhatsApp yet. Wait until it is sent.'
  if (kind === 'reaction') return limits.reaction ? undefined : 'Nobody can react to messages in this conversation.'
  const name = kind === 'edit' ? 'changed' : 'deleted for everyone'
  if (message.direction === 'inbound') return `Only what was sent from this number can be ${name}: this message is the contact's.`
  if (kind === 'edit' && message.type !== 'text') return 'Only texts can be changed. Delete the message and send it anew.'
  const age = kind === 'edit' ? limits.edit : limits.delete_for_everyone
  if (age === false) return `Messages cannot be ${name} in this conversation.`
  return tooOld(kind, message.sent_at, limits, now)
}

/** Why a message is too old for this, in a sentence; undefined when it is not. Pure. */
export function tooOld(kind: DeedKind, sentAt: Date, limits: Limits, now: number): string | undefined {
  const age = kind === 'edit' ? limits.edit : kind === 'delete' ? limits.delete_for_everyone : false
  if (age === false || now - sentAt.getTime() <= age.max_age_seconds * 1000) return undefined
  const name = kind === 'edit' ? 'changed' : 'deleted for everyone'
  return `WhatsApp lets a message be ${name} for ${spanOf(age.max_age_seconds)} only. This one is older.`
}

function spanOf(seconds: number): string {
  const units = [
    ['day', 86_400],
    ['hour', 3_600],
    ['minute', 60],
  ] as const
  const [name, length] = units.find(([, one]) => seconds >= one && seconds % one === 0) ?? ['second', 1]
  const count = seconds / length
  return `${count} ${name}${count === 1 ? '' : 's'}`
}

function tooLong(
  line: Line,
  conversation: ExternalId,
  target: TargetMessage,
  said: { readonly text: string; readonly people: readonly OutboundMention[] } | undefined,
): string | undefined {
  if (said === undefined || target.external_id === null) return undefined
  const { text, people: mentions } = said
  const attempt = '00000000-0000-0000-0000-000000000000'
  return line.connection.refusal?.({ type: 'edit', attempt, conversation, target: target.external_id, text, mentions })
}

function isEmoji(text: string): boolean {
  return /^(?:\p{RGI_Emoji}|\p{Extended_Pictographic}\ufe0f?)$/v.test(text) || /^\p{RGI_Emoji}$/v.test(`${text}\ufe0f`)
}

// WhatsApp does not tell an emoji with a variation selector from one without.
function bare(emoji: string | null): string | null {
  return emoji === null ? null : emoji.replaceAll('\ufe0f', '')
}
