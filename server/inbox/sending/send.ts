import { type InsertQueryBuilder, type InsertResult, sql } from 'kysely'
import { fileTypes } from '../../../contract/content.ts'
import type { ChannelId, ConversationId, ExternalId, MediaId, MessageId } from '../../../contract/ids.ts'
import type { MessageInput } from '../../../contract/message.ts'
import { appendEvents, type Change, telling } from '../../db/events.ts'
import { notice } from '../../db/notify.ts'
import { queueing } from '../../db/outbox.ts'
import type { Db, Tables, Tx } from '../../db/schema.ts'
import { transact } from '../../db/transact.ts'
import type { NewAttemptId, NewId } from '../../lib/clock.ts'
import { AppError } from '../../lib/errors.ts'
import { cleanText, type Json, toJsonb } from '../../lib/json.ts'
import type { OutboundMention } from '../../providers/provider.ts'
import type { ApplyDeps } from '../apply/apply.ts'
import { type Actor, getConversationFor, getMessageFor, onBehalfOf, type Place } from '../people/access.ts'
import type { Line } from '../channels/connections.ts'
import { type FetchUpload, fileTypeOf, getUpload, type StoredMedia } from '../media/media.ts'
import { type Claim, makeOnce } from '../idempotency.ts'
import { getLine, isWindowOpen, limitsOf, openOnly, sendLimitsOf } from './lines.ts'
import { checkMentions } from './mentions.ts'
import { beginDetour, checkConfirmed, checkDetour, type Detour, findWay, type RoutingDeps, unavailable } from './routing.ts'
import { checkFits, checkSendable, checkWindow, type FileToSend, typeOf } from './sendable.ts'
import { type ChosenTemplate, getFilledTemplate } from './template.ts'
import type { VoiceNotes } from './voice-notes.ts'

export interface SendDeps extends RoutingDeps {
  readonly db: Db
  readonly newId: NewId
  readonly newAttemptId: NewAttemptId
  /** For the chats that are begun. */
  readonly apply: ApplyDeps
  readonly voiceNotes: Pick<VoiceNotes, 'canConvert' | 'isReady'>
  /** Fetches a file from an address that the caller gave, through the guarded client, and stores it as theirs. */
  readonly fetchUpload: FetchUpload
}

/**
 * Checks a message, then stores it, queues it and tells the feed in one transaction: what is answered with its id is never lost. It may be in
 * another conversation of the contact then, as the mode or the request say. Under a claim it is made once, however often it is asked for.
 * Throws what `checkSendable` throws, route_unavailable, reroute_unconfirmed, channel_not_connected, and not_found for what the actor may
 * not see.
 */
export async function enqueue(
  deps: SendDeps,
  actor: Actor,
  conversationId: ConversationId,
  input: MessageInput,
  claim: Claim | null = null,
): Promise<MessageId> {
  if (claim !== null && claim.made !== null) return claim.made as MessageId
  const sender = input.on_behalf_of === undefined ? actor : await onBehalfOf(deps.db, actor, input.on_behalf_of)
  const own = await getConversationFor(deps.db, sender, conversationId)
  const [way, ownLine] = await Promise.all([findWay(deps, sender, own, input.channel_id), deps.findLine(own.channel_id)])
  if (way.kind === 'refuse') throw unavailable(way.reason, input.channel_id ?? null)
  const detour = way.kind === 'go' ? way : null
  const line = detour?.line ?? openOnly(ownLine)
  const file = await fileOf(deps, input, [actor.id, sender.id])
  const type = typeOf(input, file)
  if (detour === null) {
    const limits = await sendLimitsOf(deps.db, line, own.external_id)
    checkSendable(type, input, file, limits)
    checkWindow(type, isWindowOpen(limits, own, deps.clock()))
  } else await checkRerouted(deps.db, detour, type, input, file)
  const template = type === 'template' ? await getFilledTemplate(deps.db, line, input, file) : null
  const mentions = await checkMentions(deps.db, own.id, input.text ?? '', input.mentions ?? [])
  checkRoad(line, own, type, input, mentions)
  const replyTo = await replyTarget(deps.db, detour?.chat?.id ?? own.id, input.reply_to_id)
  if (detour !== null) await checkConfirmed(deps.db, detour, own, input.confirm_reroute === true)
  const place = detour === null ? own : (detour.chat ?? (await beginDetour(deps, detour)))

  const id = deps.newId<MessageId>('message')
  const now = new Date(deps.clock())
  await transact(deps.db, async (tx) => {
    await makeOnce(tx, claim, id)
    const message = { id, place, type, input, template, sender, replyTo, now, origin: actor.kind === 'key' ? 'api' : 'inbox' } as const
    const { id: conversation_id, channel_id } = place
    const changes: readonly Change[] = [
      { type: 'message.created', objectId: id, channelId: channel_id },
      { type: 'conversation.updated', objectId: conversation_id, channelId: channel_id },
    ]
    await sql`with message as (${insertMessage(tx, message)}), conversation as (
        update conversations set last_message_id = ${id}, last_message_at = greatest(last_message_at, ${now}), unread_count = 0, updated_at = ${now}
        where id = ${conversation_id}
      ), ${queueing({ id: deps.newAttemptId(), message_id: id, conversation_id, channel_id, number: 1, now })},
      ${telling(changes, now)} select ${notice('outbox')}, ${notice('feed')}`.execute(tx)
    if (file !== undefined) await attach(tx, file, type, id, channel_id)
  })
  return id
}

/** Refuses what the other number could not send. Throws route_unavailable, and invalid_request for what does not fit together. */
async function checkRerouted(
  db: Db,
  detour: Detour,
  type: ReturnType<typeof typeOf>,
  input: MessageInput,
  file: FileHere | undefined,
): Promise<void> {
  await checkDetour(db, detour, { type, answers: input.reply_to_id })
  try {
    checkSendable(type, input, file, detour.limits)
  } catch (error) {
    const isRefused = error instanceof AppError && (error.code === 'unsupported' || error.code === 'media_too_large')
    throw isRefused ? unavailable('type_unsupported', detour.facts.named, error) : error
  }
}

/**
 * Refuses a message that could be sent to nobody, and returns its type. Throws invalid_request. What an address holds is seen when it is
 * fetched.
 */
export async function checkInput(deps: SendDeps, uploaders: readonly string[], input: MessageInput): Promise<ReturnType<typeof typeOf>> {
  const [attachment] = input.attachments ?? []
  if (attachment?.url !== undefined && attachment.media_id === undefined)
    return input.type ?? (input.template !== undefined ? 'template' : attachment.voice === true ? 'audio' : 'document')
  const file = await fileOf(deps, input, uploaders)
  const type = typeOf(input, file)
  checkFits(type, input, file)
  return type
}

/** Refuses a retry from a number that is not connected, or into a window that is closed. */
async function checkRetried(
  deps: SendDeps,
  actor: Actor,
  { id, conversation_id, channel_id }: { id: MessageId; conversation_id: ConversationId; channel_id: ChannelId },
): Promise<void> {
  const line = await getLine(deps, channel_id)
  const place = await getConversationFor(deps.db, actor, conversation_id)
  const { type } = await deps.db.selectFrom('messages').select('type').where('id', '=', id).executeTakeFirstOrThrow()
  const limits = await limitsOf(deps.db, line, place.external_id)
  checkWindow(type, isWindowOpen(limits, place, deps.clock()))
}

/** Sends a message again that failed or is in doubt: a new attempt, asked for by a person. Throws conflict when it is neither. */
export async function retry(deps: SendDeps, actor: Actor, messageId: MessageId, claim: Claim | null = null): Promise<MessageId> {
  if (claim !== null && claim.made !== null) return claim.made as MessageId
  const found = await getMessageFor(deps.db, actor, messageId)
  await checkRetried(deps, actor, found)
  await transact(deps.db, async (tx) => {
    const message = await tx
      .selectFrom('messages')
      .select(['status', 'attempt', 'unconfirmed_since'])
      .where('id', '=', messageId)
      .forUpdate()
      .executeTakeFirstOrThrow()
    const mayRetry = message.attempt !== null && (message.status === 'failed' || message.unconfirmed_since !== null)
    if (!mayRetry || message.attempt === null)
      throw new AppError('conflict', 'Only a message that failed, or whose fate is unknown, can be sent again.')
    await makeOnce(tx, claim, messageId)
    const now = new Date(deps.clock())
    const number = message.attempt + 1
    const { conversation_id, channel_id } = found
    const attempt = { id: deps.newAttemptId(), message_id: messageId, conversation_id, channel_id, number, now }
    await sql`with ${queueing(attempt)} select ${notice('outbox')}`.execute(tx)
    await tx
      .updateTable('messages')
      .set({ status: 'queued', attempt: number, error: null, unconfirmed_since: null })
      .where('id', '=', messageId)
      .execute()
    await appendEvents(tx, [{ type: 'message.updated', objectId: messageId, channelId: found.channel_id }], now)
  })
  return messageId
}

/** Refuses what its road can never take, although the conversation takes its kind: in words, before it is stored. */
function checkRoad(
  line: Line,
  place: Place,
  type: ReturnType<typeof typeOf>,
  input: MessageInput,
  mentions: readonly OutboundMention[],
): void {
  const { text = '', location, poll, interactive } = input
  const content = {
    ...(location === undefined ? {} : { location }),
    ...(poll === undefined ? {} : { poll }),
    ...(interactive === undefined ? {} : { interactive }),
  } as Record<string, Json>
  const message = { attempt: '00000000-0000-0000-0000-000000000000', conversation: place.external_id, text, content, mentions }
  // Of a file only its caption can be too much.
  if (type === 'template') return
  const why = line.connection.refusal?.({ ...message, type: input.attachments === undefined ? type : 'text' })
  if (why !== undefined) throw new AppError('unsupported', why)
}

type FileHere = StoredMedia & Pick<FileToSend, 'recording' | 'gif'>

async function fileOf(deps: SendDeps, input: MessageInput, uploaders: readonly string[]): Promise<FileHere | undefined> {
  const [attachment] = input.attachments ?? []
  if (attachment === undefined) return undefined
  const { media_id, url, voice, gif = false } = attachment
  if ((media_id === undefined) === (url === undefined)) {
    throw new AppError('invalid_request', 'The attachment cannot be sent.', {
      fields: [{ pointer: '/attachments/0', code: 'required', detail: 'give either media_id or url' }],
    })
  }
  const stored =
    media_id === undefined ? await deps.fetchUpload(url ?? '', uploaders[0] ?? '') : await getUpload(deps.db, media_id, uploaders)
  if (!(voice ?? stored.voice)) return { ...stored, voice: false, gif }
  const recording = (await deps.voiceNotes.isReady(stored.id)) ? 'ready' : (await deps.voiceNotes.canConvert()) ? 'convertible' : 'stuck'
  return { ...stored, voice: true, gif, recording }
}

async function replyTarget(db: Db, conversation: ConversationId, id: MessageId | undefined): Promise<ExternalId | null> {
  if (id === undefined) return null
  const target = await db
    .selectFrom('messages')
    .select('external_id')
    .where('id', '=', id)
    .where('conversation_id', '=', conversation)
    .executeTakeFirst()
  if (target === undefined || target.external_id === null) {
    throw new AppError('invalid_request', 'The message to reply to is not there.', {
      fields: [{ pointer: '/reply_to_id', code: 'not_found', detail: 'no message of this conversation that has been sent has this id' }],
    })
  }
  return target.external_id
}

function insertMessage(
  tx: Tx,
  message: {
    id: MessageId
    place: Place
    type: ReturnType<typeof typeOf>
    input: MessageInput
    template: ChosenTemplate | null
    sender: Actor
    replyTo: ExternalId | null
    now: Date
    origin: 'inbox' | 'api'
  },
): InsertQueryBuilder<Tables, 'messages', InsertResult> {
  const { id, place, type, input, template, sender, replyTo, now, origin } = message
  const { location, contacts, poll, interactive, mentions } = input
  const text = template?.text ?? input.text
  return tx.insertInto('messages').values({
    id,
    conversation_id: place.id,
    channel_id: place.channel_id,
    external_id: null,
    direction: 'outbound',
    origin,
    sender_contact_id: null,
    sender_user_id: sender.kind === 'user' ? sender.id : null,
    sender_key_id: sender.kind === 'key' ? sender.id : null,
    type,
    content: toJsonb({
      text,
      location,
      contacts,
      poll,
      interactive,
      template: template?.template,
      ...(mentions === undefined || mentions.length === 0 ? {} : { mentions }),
    }),
    text: cleanText(text ?? poll?.question ?? location?.name ?? ''),
    status: 'queued',
    attempt: 1,
    unconfirmed_since: null,
    error: null,
    reply_to_external_id: replyTo,
    metadata: toJsonb(input.metadata ?? {}),
    sent_at: now,
    received_at: now,
    delivered_at: null,
    read_at: null,
    edited_at: null,
    deleted_at: null,
  })
}

/** Ties an upload to its message; the type that the sender named decides what it is sent as. Throws conflict when it went out meanwhile. */
async function attach(tx: Tx, file: FileHere, type: string, message: MessageId, channel: ChannelId): Promise<void> {
  const { numUpdatedRows } = await tx
    .updateTable('media')
    .set({
      message_id: message,
      channel_id: channel,
      type: fileTypes.find((one) => one === type) ?? fileTypeOf(file.mime_type),
      voice: file.voice && type === 'audio',
      gif: file.gif,
    })
    .where('id', '=', file.id as MediaId)
    .where('message_id', 'is', null)
    .executeTakeFirst()
  if (numUpdatedRows !== 1n) throw new AppError('conflict', 'This upload was sent already. Upload it again.')
}
