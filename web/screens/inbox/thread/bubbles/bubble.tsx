import type { ContentType } from '../../../../../contract/content.ts'
import type { Message } from '../../../../../contract/message.ts'
import { AudioBubble } from './audio.tsx'
import { ContactsBubble } from './contacts.tsx'
import { DeletedBubble } from './deleted.tsx'
import { DocumentBubble } from './document.tsx'
import { ImageBubble } from './image.tsx'
import { InteractiveReplyBubble } from './interactive-reply.tsx'
import { InteractiveBubble } from './interactive.tsx'
import type { Bubble } from './kind.ts'
import { LocationBubble } from './location.tsx'
import { PollBubble } from './poll.tsx'
import { StickerBubble } from './sticker.tsx'
import { SystemBubble } from './system.tsx'
import { TemplateBubble } from './template.tsx'
import { TextBubble } from './text.tsx'
import { UnsupportedBubble } from './unsupported.tsx'
import { VideoBubble } from './video.tsx'

/** How each kind is drawn. A new kind in the contract is a compile error here. */
const bubbles: { readonly [Kind in ContentType]: Bubble<Kind> } = {
  text: TextBubble,
  image: ImageBubble,
  video: VideoBubble,
  audio: AudioBubble,
  document: DocumentBubble,
  sticker: StickerBubble,
  location: LocationBubble,
  contacts: ContactsBubble,
  poll: PollBubble,
  template: TemplateBubble,
  interactive: InteractiveBubble,
  interactive_reply: InteractiveReplyBubble,
  system: SystemBubble,
  deleted: DeletedBubble,
  unsupported: UnsupportedBubble,
}

/** What the message says. A kind from a newer server, which this page does not know yet, is shown as unsupported. */
export function BubbleContent({ message }: { readonly message: Message }) {
  const Kind = (bubbles[message.type] ?? UnsupportedBubble) as Bubble<ContentType>
  return <Kind message={message} />
}
