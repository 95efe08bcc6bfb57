import type { Capabilities } from '../../../contract/capability.ts'
import type { ConversationInput, ConversationPatch } from '../../../contract/conversation.ts'
import type { ConversationId, MessageId, UserId } from '../../../contract/ids.ts'
import { type ConversationFilter, listConversations } from '../../db/read/conversation-list.ts'
import { listActivities } from '../../db/read/activities.ts'
import { countConversations } from '../../db/read/conversation-counts.ts'
import { getConversation } from '../../db/read/conversations.ts'
import { listMembers } from '../../db/read/members.ts'
import type { Reads } from '../../db/read/viewer.ts'
import { type Actor, getConversationFor, viewerOf } from '../../inbox/people/access.ts'
import type { Claim } from '../../inbox/idempotency.ts'
import type { Started } from '../../inbox/sending/new-chats.ts'
import type { Clock } from '../../lib/clock.ts'
import type { Incoming, Register } from '../register.ts'

/** What is done to a conversation. Each throws not_found for what the actor may not see. */
export interface ConversationDeeds {
  start(actor: Actor, whom: ConversationInput, claim: Claim | null): Promise<Started>
  update(actor: Actor, id: ConversationId, patch: ConversationPatch): Promise<void>
  markRead(actor: Actor, id: ConversationId, upTo: MessageId | undefined): Promise<void>
  /** Throws channel_not_connected, and unsupported where nobody sees it. */
  setTyping(actor: Actor, id: ConversationId, on: boolean): Promise<void>
  capabilities(actor: Actor, id: ConversationId): Promise<Capabilities>
}

interface Parts {
  readonly conversations: ConversationDeeds
  readonly readDb: Reads
  readonly clock: Clock
}

/** How long before the window of a chat closes it counts as closing. */
const closingMs = 2 * 3_600_000

/** The list of conversations, and one of them. */
export function conversationRoutes(on: Register, { conversations, readDb, clock }: Parts): void {
  on('listConversations', async ({ actor, query }) =>
    listConversations(readDb, await viewerOf(readDb, actor), filterOf(actor, query, clock()), query),
  )
  on('createConversation', async ({ actor, body, request, reply }) => {
    const { id, created } = await conversations.start(actor, body, request.claim)
    reply.code(created ? 201 : 200)
    return getConversation(readDb, await viewerOf(readDb, actor), id)
  })
  on('getConversationCounts', async ({ actor }) => countConversations(readDb, await viewerOf(readDb, actor)))
  on('getConversation', async ({ actor, params }) => getConversation(readDb, await viewerOf(readDb, actor), params.conversation_id))
  on('listMembers', async ({ actor, params, query }) => {
    const { id } = await getConversationFor(readDb, actor, params.conversation_id)
    return listMembers(readDb, id, query)
  })
  on('listActivity', async ({ actor, params, query }) => {
    const { id } = await getConversationFor(readDb, actor, params.conversation_id)
    return listActivities(readDb, id, query)
  })
  on('updateConversation', async ({ actor, params, body }) => {
    await conversations.update(actor, params.conversation_id, body)
    return getConversation(readDb, await viewerOf(readDb, actor), params.conversation_id)
  })
  on('markRead', async ({ actor, params, body }) => {
    await conversations.markRead(actor, params.conversation_id, body.up_to_message_id)
    return getConversation(readDb, await viewerOf(readDb, actor), params.conversation_id)
  })
  on('setTyping', async ({ actor, params, body }) => {
    await conversations.setTyping(actor, params.conversation_id, body.on)
    return undefined
  })
  on('getCapabilities', ({ actor, params }) => conversations.capabilities(actor, params.conversation_id))
}

function filterOf(actor: Actor, query: Incoming<'listConversations'>['query'], now: number): ConversationFilter {
  const { status, assignee, channel_id, label, unread, has_failed, window_closing, q } = query
  // An API key is nobody, so nothing is assigned to it: `me` finds what its own id finds.
  const who = assignee === 'me' ? actor.id : assignee
  return {
    ...(status === undefined ? {} : { status }),
    ...(who === undefined ? {} : { assignee: who === 'none' ? null : (who as UserId) }),
    ...(channel_id === undefined ? {} : { channelId: channel_id }),
    ...(label === undefined ? {} : { label }),
    ...(unread === undefined ? {} : { unread: isYes(unread) }),
    ...(has_failed === undefined ? {} : { hasFailed: isYes(has_failed) }),
    ...(window_closing === undefined
      ? {}
      : { windowCloses: { from: new Date(now), to: new Date(now + closingMs), is: isYes(window_closing) } }),
    ...(q === undefined ? {} : { q }),
  }
}

function isYes(flag: boolean | string): boolean {
  return flag === true || flag === 'true' || flag === '1'
}
