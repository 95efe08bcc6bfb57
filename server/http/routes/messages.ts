import type { ConversationId, MessageId } from '../../../contract/ids.ts'
import type { EditInput, MessageInput, MessageToInput } from '../../../contract/message.ts'
import { findKept } from '../../db/read/conversations.ts'
import { listMessages } from '../../db/read/message-list.ts'
import { getMessage } from '../../db/read/messages.ts'
import { listReceipts } from '../../db/read/receipts.ts'
import { searchMessages } from '../../db/read/search.ts'
import { listVersions } from '../../db/read/versions.ts'
import type { Reads } from '../../db/read/viewer.ts'
import { type Actor, getConversationFor, viewerInNameOf, viewerOf } from '../../inbox/people/access.ts'
import type { Claim } from '../../inbox/idempotency.ts'
import type { Register } from '../register.ts'

/** Sending, and what is done to what was sent, once under a claim. Each throws not_found for what the actor may not see, and returns when it is safely queued. */
export interface MessageDeeds {
  enqueue(actor: Actor, conversation: ConversationId, input: MessageInput, claim: Claim | null): Promise<MessageId>
  sendTo(actor: Actor, input: MessageToInput, claim: Claim | null): Promise<MessageId>
  retry(actor: Actor, message: MessageId, claim: Claim | null): Promise<MessageId>
  /** `null` takes the reaction back. */
  react(actor: Actor, message: MessageId, emoji: string | null, claim: Claim | null): Promise<MessageId>
  edit(actor: Actor, message: MessageId, input: EditInput, claim: Claim | null): Promise<MessageId>
  takeBack(actor: Actor, message: MessageId, claim: Claim | null): Promise<MessageId>
}

/** Messages: read, sent, sent again, found. */
export function messageRoutes(on: Register, { messages, readDb }: { messages: MessageDeeds; readDb: Reads }): void {
  on('listMessages', async ({ actor, params, query }) => {
    const { id } = await getConversationFor(readDb, actor, params.conversation_id)
    return listMessages(readDb, await viewerOf(readDb, actor), id, query)
  })
  on('listReceipts', async ({ actor, params, query }) => {
    const { id } = await getMessage(readDb, await viewerOf(readDb, actor), params.message_id)
    return listReceipts(readDb, id, query)
  })
  on('listVersions', async ({ actor, params, query }) => {
    const { id } = await getMessage(readDb, await viewerOf(readDb, actor), params.message_id)
    return listVersions(readDb, id, query)
  })
  on('sendMessage', async ({ actor, params, body, request }) => {
    const conversation_id = await findKept(readDb, params.conversation_id)
    const id = await messages.enqueue(actor, conversation_id, body, request.claim)
    const message = await getMessage(readDb, await viewerInNameOf(readDb, actor, body.on_behalf_of), id)
    return message.conversation_id === conversation_id ? message : { ...message, rerouted_from_conversation_id: conversation_id }
  })
  on('sendMessageTo', async ({ actor, body, request }) => {
    const id = await messages.sendTo(actor, body, request.claim)
    return getMessage(readDb, await viewerInNameOf(readDb, actor, body.on_behalf_of), id)
  })
  on('retryMessage', async ({ actor, params, request }) => {
    const id = await messages.retry(actor, params.message_id, request.claim)
    return getMessage(readDb, await viewerOf(readDb, actor), id)
  })
  on('setReaction', async ({ actor, params, body, request }) => {
    const id = await messages.react(actor, params.message_id, body.emoji, request.claim)
    return getMessage(readDb, await viewerOf(readDb, actor), id)
  })
  on('removeReaction', async ({ actor, params, request }) => {
    const id = await messages.react(actor, params.message_id, null, request.claim)
    return getMessage(readDb, await viewerOf(readDb, actor), id)
  })
  on('editMessage', async ({ actor, params, body, request }) => {
    const id = await messages.edit(actor, params.message_id, body, request.claim)
    return getMessage(readDb, await viewerOf(readDb, actor), id)
  })
  on('deleteMessage', async ({ actor, params, request }) => {
    const id = await messages.takeBack(actor, params.message_id, request.claim)
    return getMessage(readDb, await viewerOf(readDb, actor), id)
  })
  on('search', async ({ actor, query }) => {
    const { q, conversation_id } = query
    const words = {
      q,
      ...(conversation_id === undefined ? {} : { conversationId: (await getConversationFor(readDb, actor, conversation_id)).id }),
    }
    return searchMessages(readDb, await viewerOf(readDb, actor), words, query)
  })
}
