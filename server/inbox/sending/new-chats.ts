import type { ConversationInput } from '../../../contract/conversation.ts'
import type { ChannelId, ContactId, ConversationId, MessageId } from '../../../contract/ids.ts'
import type { MessageToInput } from '../../../contract/message.ts'
import { findContactByAddress } from '../../db/contact-book.ts'
import { listWritableAddresses } from '../../db/routing.ts'
import type { Db } from '../../db/schema.ts'
import { AppError } from '../../lib/errors.ts'
import { getContactFor, getPhone } from '../contacts/contacts.ts'
import type { Claim } from '../idempotency.ts'
import { type Actor, onBehalfOf } from '../people/access.ts'
import { getLine } from './lines.ts'
import { openChat } from './open-chat.ts'
import { addresseeOn } from './route.ts'
import { findStart, type Whom } from './routing.ts'
import { checkInput, enqueue, type SendDeps } from './send.ts'

/** `created` tells whether it was not there before. */
export interface Started {
  readonly id: ConversationId
  readonly created: boolean
}

/**
 * Finds or begins the chat with a number or a contact. The network's answer is not kept before our row is made: when we die between the
 * two, the chat is told to us as any other is, and the same call finds it. Throws recipient_unreachable, route_unavailable,
 * channel_not_connected, unsupported, and what the line throws.
 */
export async function startConversation(
  deps: SendDeps,
  actor: Actor,
  { phone_number, contact_id, channel_id }: ConversationInput,
  claim: Claim | null = null,
): Promise<Started> {
  if (claim !== null && claim.made !== null) return { id: claim.made as ConversationId, created: true }
  const whom = await findWhom(deps.db, actor, { '/phone_number': phone_number, '/contact_id': contact_id })
  return open(deps, actor, whom, { named: channel_id }, claim)
}

/** Sends to a number or a contact, in the chat that is there or is begun for it. Throws as `startConversation` and `enqueue`. */
export async function sendTo(deps: SendDeps, actor: Actor, input: MessageToInput, claim: Claim | null = null): Promise<MessageId> {
  if (claim !== null && claim.made !== null) return claim.made as MessageId
  const { to, contact_id, channel_id, ...message } = input
  const sender = message.on_behalf_of === undefined ? actor : await onBehalfOf(deps.db, actor, message.on_behalf_of)
  const whom = await findWhom(deps.db, sender, { '/to': to, '/contact_id': contact_id })
  // What can never be sent begins no chat.
  const type = await checkInput(deps, [actor.id, sender.id], message)
  const { id, channel } = await open(deps, sender, whom, { named: channel_id, type }, null)
  return enqueue(deps, actor, id, { ...message, channel_id: channel }, claim)
}

async function open(
  deps: SendDeps,
  actor: Actor,
  whom: Whom,
  asked: Parameters<typeof findStart>[3],
  claim: Claim | null,
): Promise<Started & { readonly channel: ChannelId }> {
  const { channel, chat, road } = await findStart(deps, actor, whom, asked)
  if (chat !== null) return { id: chat.id, created: false, channel }
  const addressee = addresseeOn(road, whom.addresses)
  if (addressee === undefined) throw new Error('who has no address here has no way either')
  const { id, created } = await openChat(deps, await getLine(deps, channel), addressee, claim)
  return { id, created, channel }
}

/** Who is meant, by exactly one of a phone and a contact, each under the name of its field. */
async function findWhom(db: Db, actor: Actor, named: Readonly<Record<string, string | undefined>>): Promise<Whom> {
  const [first, second] = Object.entries(named).filter(([, value]) => value !== undefined)
  const [pointer, value] = first ?? [Object.keys(named)[0] ?? '']
  if (value === undefined) throw wrong(pointer, 'required', 'Say to whom: by a phone number or by contact_id.')
  if (second !== undefined) throw wrong(second[0], 'unexpected', 'Give either a phone number or contact_id.')
  if (pointer === '/contact_id') {
    const contactId = await contactOf(db, actor, value as ContactId)
    return { addresses: await listWritableAddresses(db, contactId), contactId }
  }
  const phone = getPhone(value, pointer)
  const contactId = await findContactByAddress(db, 'phone', phone)
  return { addresses: [{ type: 'phone', value: phone }], ...(contactId === undefined ? {} : { contactId }) }
}

async function contactOf(db: Db, actor: Actor, id: ContactId): Promise<ContactId> {
  return getContactFor(db, actor, id).catch((error: unknown) => {
    if (error instanceof AppError && error.code === 'not_found') throw wrong('/contact_id', 'not_found', 'There is no such contact.')
    throw error
  })
}

function wrong(pointer: string, code: string, detail: string): AppError {
  return new AppError('invalid_request', detail, { fields: [{ pointer, code, detail }] })
}
