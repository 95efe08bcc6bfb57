import type { Attachment, MentionsInput } from '../../contract/content.ts'
import type { ConversationId, MediaId, MessageId } from '../../contract/ids.ts'
import type { MessageInput } from '../../contract/message.ts'
import type { TemplateUse } from '../../contract/template.ts'
import type { Outgoing } from './thread.ts'

/** What a person sends: a text, or a file with the text as its caption. */
export interface Draft {
  readonly text: string
  readonly file?: { readonly file: File; readonly type: Attachment['type']; readonly voice?: boolean }
  readonly reply_to_id?: MessageId
  readonly mentions?: MentionsInput
  /** Instead of the text; `preview` is what the contact will read. A file is then that of its header. */
  readonly template?: { readonly use: TemplateUse; readonly preview: string }
}

/** The draft as a send that waits. `key` names it for ever. */
export function outgoingOf(conversation: ConversationId, draft: Draft, key: string, at: Date): Outgoing {
  const file = draft.file ? { file: draft.file.file, file_name: draft.file.file.name } : {}
  const preview = draft.template ? { preview: draft.template.preview } : {}
  return { key, conversation_id: conversation, created_at: at.toISOString(), state: 'waiting', input: inputOf(draft), ...file, ...preview }
}

function inputOf({ text, file, reply_to_id, mentions, template }: Draft): MessageInput {
  if (template) return { type: 'template', template: template.use, ...(file ? { attachments: [{}] } : {}) }
  const more = { ...(reply_to_id ? { reply_to_id } : {}), ...(mentions && mentions.length > 0 ? { mentions } : {}) }
  if (!file) return { type: 'text', text, ...more }
  const attachment: { media_id?: MediaId; voice?: boolean } = file.voice ? { voice: true } : {}
  return { type: file.type, attachments: [attachment], ...(text === '' ? {} : { text }), ...more }
}
