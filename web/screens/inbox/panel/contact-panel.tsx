import { X } from 'lucide-react'
import type { ReactNode } from 'react'
import { Link } from 'wouter'
import type { Conversation } from '../../../../contract/conversation.ts'
import type { ConversationId } from '../../../../contract/ids.ts'
import { useConversation, useNow, useStored } from '../../../data/hooks.tsx'
import { activeAt } from '../../../data/conversation-list.ts'
import { useSpeech } from '../../../i18n/language.tsx'
import { placeAddress } from '../../../router.ts'
import { Avatar } from '../../../ui/avatar.tsx'
import { IconButton } from '../../../ui/button.tsx'
import { nameOf } from '../name-of.ts'
import { ContactDeeds } from './contact-deeds.tsx'
import { ContactName } from './contact-name.tsx'
import { ExcludeChat } from './exclude-chat.tsx'
import { History } from './history.tsx'
import { Members } from './members.tsx'
import { Part } from './part.tsx'
import { SharedMedia } from './shared-media.tsx'

interface ContactPanelProps {
  readonly id: ConversationId
  readonly onClose: () => void
}

/** With whom the open conversation is: who they are, where else we talk with them, what was sent. A number may be absent for ever. */
export function ContactPanel({ id, onClose }: ContactPanelProps) {
  const { words } = useSpeech()
  const conversation = useConversation(id)
  return (
    <div className="flex h-full min-h-0 flex-col bg-surface">
      <div className="flex items-center gap-2 border-b border-line py-2 ps-4 pe-2">
        <h2 className="flex-1 text-lg font-semibold">{conversation?.type === 'group' ? words.contact.group : words.contact.title}</h2>
        <IconButton label={words.contact.hide} onClick={onClose}>
          <X aria-hidden size={20} />
        </IconButton>
      </div>
      {conversation && (
        <div className="grid min-h-0 flex-1 content-start gap-5 overflow-y-auto p-4" key={conversation.id}>
          <Head conversation={conversation} />
          <Facts conversation={conversation} />
          {conversation.type === 'group' && <Members id={id} />}
          <Others conversation={conversation} />
          <SharedMedia id={id} />
          <History conversation={conversation} />
          <ExcludeChat conversation={conversation} />
          {conversation.contact && <ContactDeeds contact={conversation.contact} />}
        </div>
      )}
    </div>
  )
}

function Head({ conversation }: { readonly conversation: Conversation }) {
  const { contact } = conversation
  return (
    <div className="grid justify-items-center gap-2 text-center">
      <span className="scale-125 p-2">
        <Avatar name={nameOf(conversation)} url={conversation.avatar_url} />
      </span>
      {contact ? (
        <ContactName contact={contact} />
      ) : (
        <p className="text-lg font-semibold">
          <bdi>{nameOf(conversation)}</bdi>
        </p>
      )}
    </div>
  )
}

function Facts({ conversation }: { readonly conversation: Conversation }) {
  const { words } = useSpeech()
  const channel = useStored('channels', (store) => store.channel(conversation.channel_id))
  const { contact, metadata } = conversation
  const data = Object.entries({ ...contact?.metadata, ...metadata })
  return (
    <>
      <dl className="grid gap-3">
        {contact && (
          <Fact term={words.contact.phone}>
            {contact.phone ? <span dir="ltr">{contact.phone}</span> : <span className="text-muted">{words.contact.noPhone}</span>}
          </Fact>
        )}
        {contact?.username && <Fact term={words.contact.username}>@{contact.username}</Fact>}
        {channel && (
          <Fact term={words.contact.via}>
            <bdi>{channel.name}</bdi> <span dir="ltr">{channel.name ? `(${channel.phone})` : channel.phone}</span>
          </Fact>
        )}
      </dl>
      {data.length > 0 && (
        <Part title={words.contact.data}>
          <dl className="grid gap-2 text-sm">
            {data.map(([name, value]) => (
              <Fact key={name} term={name}>
                <bdi>{value}</bdi>
              </Fact>
            ))}
          </dl>
        </Part>
      )}
    </>
  )
}

function Fact({ term, children }: { readonly term: string; readonly children: ReactNode }) {
  return (
    <div className="grid gap-0.5">
      <dt className="text-xs text-muted">{term}</dt>
      <dd className="break-words">{children}</dd>
    </div>
  )
}

function Others({ conversation: { id, contact } }: { readonly conversation: Conversation }) {
  const { words } = useSpeech()
  const others = contact?.conversation_ids.filter((other) => other !== id) ?? []
  if (!contact) return null
  return (
    <Part title={words.contact.others}>
      {others.length === 0 ? (
        <p className="text-sm text-muted">{words.contact.noOthers}</p>
      ) : (
        <ul className="grid gap-1">
          {others.map((other) => (
            <Other key={other} id={other} />
          ))}
        </ul>
      )}
    </Part>
  )
}

function Other({ id }: { readonly id: ConversationId }) {
  const { formats } = useSpeech()
  const now = useNow(60_000)
  const conversation = useConversation(id)
  const channel = useStored('channels', (store) => conversation && store.channel(conversation.channel_id))
  // One that this person may not see is not there for them.
  if (!conversation) return null
  return (
    <li>
      <Link to={placeAddress({ id })} className="target flex items-center gap-2 rounded-lg px-2 hover:bg-surface2">
        <span className="min-w-0 flex-1">
          <span className="block truncate">
            <bdi>{conversation.type === 'group' ? nameOf(conversation) : channel?.name || channel?.phone || nameOf(conversation)}</bdi>
          </span>
          <span className="block truncate text-sm text-muted">{conversation.last_message?.preview}</span>
        </span>
        <time dateTime={activeAt(conversation)} className="shrink-0 text-xs text-muted">
          {formats.shortTime(activeAt(conversation), now)}
        </time>
      </Link>
    </li>
  )
}
