import type { ConversationInput } from '../../../contract/conversation.ts'
import type { ChannelId, ContactId, ConversationId, MessageId } from '../../../contract/ids.ts'
import type { MessageToInput } from '../../../contract/message.ts'
import type { Mode } from '../../../contract/settings.ts'
import { findContactByAddress } from '../../db/contact-book.ts'
import { awaitIngest } from '../../db/inbound.ts'
import type { Db } from '../../db/schema.ts'
import { transact } from '../../db/transact.ts'
import { AppError } from '../../lib/errors.ts'
import type { Addressee, OpenedChat } from '../../providers/provider.ts'
import { type Actor, onBehalfOf } from '../people/access.ts'
import { applyEvents, type ApplyDeps } from '../apply/apply.ts'
import type { Line } from '../channels/connections.ts'
import { getContactFor, getPhone } from '../contacts/contacts.ts'
import { type Claim, makeOnce } from '../idempotency.ts'
import { chooseChannel } from './routing.ts'
import { checkInput, enqueue, type SendDeps } from './send.ts'

export interface NewChatDeps extends SendDeps {
  readonly apply: ApplyDeps
  readonly mode: () => Promise<Mode>
}

/** `created` tells whether it was not there before. */
export interface Started {
  readonly id: ConversationId
  readonly created: boolean
}

interface Whom {
  readonly addressee: Addressee
  readonly contactId?: ContactId
}

const openMs = 75_000

/**
 * Finds or begins the chat with a number or a contact. The network's answer is not kept before our row is made: when we die between the
 * two, the chat is told to us as any other is, and the same call finds it. Throws recipient_unreachable, route_unavailable,
 * channel_not_connected, unsupported, and what the line throws.
 */
export async function startConversation(
  deps: NewChatDeps,
  actor: Actor,
  { phone_number, contact_id, channel_id }: ConversationInput,
  claim: Claim | null = null,
): Promise<Started> {
  if (claim !== null && claim.made !== null) return { id: claim.made as ConversationId, created: true }
  const whom = await findWhom(deps.db, actor, { '/phone_number': phone_number, '/contact_id': contact_id })
  return open(deps, actor, whom, channel_id, claim)
}

/** Sends to a number or a contact, in the chat that is there or is begun for it. Throws as `startConversation` and `enqueue`. */
export async function sendTo(deps: NewChatDeps, actor: Actor, input: MessageToInput, claim: Claim | null = null): Promise<MessageId> {
  if (claim !== null && claim.made !== null) return claim.made as MessageId
  const { to, contact_id, channel_id, ...message } = input
  const sender = message.on_behalf_of === undefined ? actor : await onBehalfOf(deps.db, actor, message.on_behalf_of)
  const whom = await findWhom(deps.db, sender, { '/to': to, '/contact_id': contact_id })
  // What can never be sent begins no chat.
  await checkInput(deps, [actor.id, sender.id], message)
  const { id } = await open(deps, sender, whom, channel_id, null)
  return enqueue(deps, actor, id, message, claim)
}

async function open(
  deps: NewChatDeps,
  actor: Actor,
  { addressee, contactId }: Whom,
  channelId: ChannelId | undefined,
  claim: Claim | null,
): Promise<Started> {
  const wanted = { ...(channelId === undefined ? {} : { channelId }), ...(contactId === undefined ? {} : { contactId }) }
  const channel = await chooseChannel(deps.db, actor, await deps.mode(), wanted)
  const known = contactId === undefined ? undefined : await findDirect(deps.db, channel, contactId)
  if (known !== undefined) return { id: known, created: false }
  const line = await deps.findLine(channel)
  if (line === undefined) throw new AppError('channel_not_connected', 'This number is not connected. Connect it again, then repeat.')
  if (line.connection.open === undefined)
    throw new AppError(
      'unsupported',
      'This number cannot begin chats: no address of the bridge is set. Write first from the phone itself, or let an admin set the address in the Matrix settings.',
    )
  const opened = await line.connection.open(addressee, AbortSignal.timeout(openMs))
  return keepOpened(deps, line, opened, claim)
}

/** The row of a chat, as if the network had told of it: it may do so at the same moment, so nothing is read in meanwhile. */
async function keepOpened(
  deps: NewChatDeps,
  line: Line,
  { conversation, contact, name }: OpenedChat,
  claim: Claim | null,
): Promise<Started> {
  const { id: channel, external_id, provider } = line.channel
  const now = new Date(deps.clock())
  return transact(deps.db, async (tx) => {
    await awaitIngest(tx, provider)
    const find = tx.selectFrom('conversations').select('id').where('channel_id', '=', channel).where('external_id', '=', conversation)
    const before = await find.executeTakeFirst()
    const told = { type: 'conversation', kind: 'direct', channel: external_id, conversation, at: now.toISOString(), contact } as const
    await applyEvents(deps.apply, tx, provider, [{ ...told, ...(name === undefined ? {} : { name }) }], now)
    const { id } = await find.executeTakeFirstOrThrow()
    await makeOnce(tx, claim, id)
    return { id, created: before === undefined }
  })
}

/** Who is meant, by exactly one of a phone and a contact, each under the name of its field. */
async function findWhom(db: Db, actor: Actor, named: Readonly<Record<string, string | undefined>>): Promise<Whom> {
  const [first, second] = Object.entries(named).filter(([, value]) => value !== undefined)
  const [pointer, value] = first ?? [Object.keys(named)[0] ?? '']
  if (value === undefined) throw wrong(pointer, 'required', 'Say to whom: by a phone number or by contact_id.')
  if (second !== undefined) throw wrong(second[0], 'unexpected', 'Give either a phone number or contact_id.')
  if (pointer === '/contact_id') return whomOf(db, await contactOf(db, actor, value as ContactId))
  const phone = getPhone(value, pointer)
  const contactId = await findContactByAddress(db, 'phone', phone)
  return { addressee: { phone }, ...(contactId === undefined ? {} : { contactId }) }
}

async function contactOf(db: Db, actor: Actor, id: ContactId): Promise<ContactId> {
  return getContactFor(db, actor, id).catch((error: unknown) => {
    if (error instanceof AppError && error.code === 'not_found') throw wrong('/contact_id', 'not_found', 'There is no such contact.')
    throw error
  })
}

/** By the phone, else by the hidden id that networks give to who hides it. */
async function whomOf(db: Db, contactId: ContactId): Promise<Whom> {
  const addresses = await db
    .selectFrom('contact_addresses')
    .select(['type', 'value'])
    .where('contact_id', '=', contactId)
    .where('type', 'in', ['phone', 'hidden'])
    .orderBy('created_at')
    .execute()
  const phone = addresses.find((address) => address.type === 'phone')?.value
  const hiddenId = addresses.find((address) => address.type === 'hidden')?.value
  if (phone !== undefined) return { addressee: { phone }, contactId }
  if (hiddenId !== undefined) return { addressee: { hiddenId }, contactId }
  throw new AppError('recipient_unreachable', 'This contact has no phone number. Enter one first.', {
    fields: [{ pointer: '/contact_id', code: 'no_address', detail: 'the contact has no address on WhatsApp' }],
  })
}

async function findDirect(db: Db, channel: ChannelId, contact: ContactId): Promise<ConversationId | undefined> {
  const row = await db
    .selectFrom('conversations')
    .select('id')
    .where('channel_id', '=', channel)
    .where('contact_id', '=', contact)
    .where('type', '=', 'direct')
    .orderBy('last_message_at', (order) => order.desc().nullsLast())
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row?.id
}

function wrong(pointer: string, code: string, detail: string): AppError {
  return new AppError('invalid_request', detail, { fields: [{ pointer, code, detail }] })
}
