import type { Attachment } from '../../contract/content.ts'
import type { Message } from '../../contract/message.ts'

/** A file that was sent in a conversation, with the message that it came with. */
export interface SharedFile {
  readonly file: Attachment
  readonly message: Message
}

/** The files of messages that can be opened, the latest first, as things to look at and things to read. Voices and stickers are neither. */
export function sharedFiles(messages: readonly Message[]): {
  readonly pictures: readonly SharedFile[]
  readonly documents: readonly SharedFile[]
} {
  const files = messages
    .toReversed()
    .flatMap((message) => ('attachments' in message ? (message.attachments ?? []).map((file) => ({ file, message })) : []))
    .filter(({ file }) => file.status === 'ready')
  const isPicture = ({ file }: SharedFile) => file.type === 'image' || file.type === 'video'
  return { pictures: files.filter(isPicture), documents: files.filter(({ file }) => file.type === 'document') }
}
