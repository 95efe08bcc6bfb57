import type { MessageId } from './ids.ts'
import { MessageVersion, Receipt } from './message.ts'
import { id, page, PageQuery, ref, strict } from './schema.ts'

const message = strict({ message_id: id<MessageId>('msg_') })

/** What is told of one message when somebody asks. */
export const messageOperations = {
  listReceipts: {
    summary:
      'Who in a group has got a message of ours and who has read it, the first reader first; others may have, without WhatsApp telling',
    access: 'user',
    scope: 'messages:read',
    params: message,
    query: strict(PageQuery),
    response: { 200: page(ref(Receipt)) },
  },
  listVersions: {
    summary: 'What a message said before it was edited, the oldest first, as far as it was seen; nothing of one that was deleted',
    access: 'user',
    scope: 'messages:read',
    params: message,
    query: strict(PageQuery),
    response: { 200: page(ref(MessageVersion)) },
  },
} as const
