import { ArrowLeft } from 'lucide-react'
import { Link } from 'wouter'
import type { Conversation } from '../../../../contract/conversation.ts'
import { useStored, useWorkspace } from '../../../data/hooks.tsx'
import { useSpeech } from '../../../i18n/language.tsx'
import { placeAddress } from '../../../router.ts'
import { Avatar } from '../../../ui/avatar.tsx'
import { nameOf } from '../name-of.ts'
import { usePlace } from '../use-place.ts'
import { Deeds } from './deeds.tsx'
import { Labels } from './labels.tsx'

/** With whom the open conversation is, and what can be done with it as a whole. */
export function ConversationHeader({ conversation }: { readonly conversation: Conversation }) {
  const { words } = useSpeech()
  const { store } = useWorkspace()
  const { place } = usePlace()
  const typing = useStored(`typing:${conversation.id}`, () => store.typing(conversation.id))
  const channels = useStored('channels', () => store.channels())
  const number = channels.length > 1 ? store.channel(conversation.channel_id)?.name : undefined
  const facts = [conversation.type === 'group' ? words.thread.group : conversation.contact?.phone, number].filter(
    (fact) => fact && fact !== nameOf(conversation),
  )
  return (
    <header className="border-b border-line bg-surface px-3 py-2">
      <div className="flex items-center gap-2 sm:gap-3">
        <Link
          to={placeAddress({ ...place, id: undefined, message: undefined })}
          aria-label={words.thread.back}
          className="target inline-flex items-center justify-center rounded-lg text-muted sm:hidden"
        >
          <ArrowLeft aria-hidden size={22} className="rtl:-scale-x-100" />
        </Link>
        <Avatar name={nameOf(conversation)} url={conversation.avatar_url} />
        <div className="min-w-0 flex-1">
          <h1 className="truncate text-lg font-semibold">
            <bdi>{nameOf(conversation)}</bdi>
          </h1>
          <p className="truncate text-sm text-muted">{typing ? words.thread.typing(typing) : facts.join(' · ')}</p>
        </div>
        <Deeds conversation={conversation} />
      </div>
      <Labels conversation={conversation} />
    </header>
  )
}
