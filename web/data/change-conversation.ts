import type { Conversation, ConversationPatch } from '../../contract/conversation.ts'
import type { ConversationId } from '../../contract/ids.ts'
import type { Client } from './client.ts'
import type { Reading } from './reading.ts'
import type { Store } from './store.ts'

/** A conversation as it will be after a change; `null` takes a value away. */
export function patched(conversation: Conversation, patch: ConversationPatch): Conversation {
  const given = Object.entries(patch).filter(([, value]) => value !== null)
  const cleared = Object.keys(patch).filter((key) => !given.some(([name]) => name === key))
  const rest = Object.entries(conversation).filter(([key]) => !cleared.includes(key))
  return Object.fromEntries([...rest, ...given]) as Conversation
}

/** What takes a change back: the values that stood there before. */
export function inverse(conversation: Conversation, patch: ConversationPatch): ConversationPatch {
  const { assignee_id = null, snoozed_until = null, status, labels, metadata } = conversation
  const before = { assignee_id, snoozed_until, status, labels, metadata }
  return Object.fromEntries(Object.keys(patch).map((key) => [key, before[key as keyof ConversationPatch]]))
}

/** Changes a conversation: shown at once, then told to the server. What the server refuses is put back, and thrown. */
export function createChangeConversation(call: Client['call'], store: Store, { reading }: Pick<Reading, 'reading'>) {
  const put = (conversation: Conversation) => store.keepConversations([conversation], { isFresh: () => true })

  return async (id: ConversationId, patch: ConversationPatch): Promise<void> => {
    const before = store.conversation(id)
    const after = before && patched(before, patch)
    if (after) put(after)
    try {
      await reading(
        () => call('updateConversation', { params: { conversation_id: id }, body: patch }),
        (conversation, read) => store.keepConversations([conversation], read),
        false,
      )
    } catch (error) {
      // An event that came meanwhile has told what is true.
      if (before && store.conversation(id) === after) put(before)
      throw error
    }
  }
}
