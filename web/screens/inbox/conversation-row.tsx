import { Link } from 'wouter'
import type { Conversation } from '../../../contract/conversation.ts'
import type { ConversationId } from '../../../contract/ids.ts'
import { activeAt } from '../../data/conversation-list.ts'
import { useStored, useWorkspace } from '../../data/hooks.tsx'
import { useSpeech } from '../../i18n/language.tsx'
import type { Words } from '../../i18n/uk.ts'
import { paths } from '../../router.ts'
import { Avatar } from '../../ui/avatar.tsx'
import { Tick } from './tick.tsx'

interface ConversationRowProps {
  readonly id: ConversationId
  readonly isOpen: boolean
  /** In milliseconds; what was today is yesterday after midnight. */
  readonly now: number
}

/** One conversation in the list: who, when, what was said last, how much is unread. */
export function ConversationRow({ id, isOpen, now }: ConversationRowProps) {
  const conversation = useStored(`conversation:${id}`, (store) => store.conversation(id))
  const { formats } = useSpeech()
  if (!conversation) return <div className="h-[72px]" />
  return (
    <Link
      to={paths.conversation(id)}
      aria-current={isOpen ? 'true' : undefined}
      className={`flex h-[72px] items-center gap-3 border-b border-line px-3 outline-offset-[-2px] hover:bg-surface2 ${isOpen ? 'bg-surface2' : ''}`}
    >
      <Avatar name={nameOf(conversation)} url={conversation.avatar_url} />
      <div className="min-w-0 flex-1">
        <div className="flex items-baseline gap-2">
          <div className="min-w-0 flex-1 truncate font-medium">
            <bdi>{nameOf(conversation)}</bdi>
          </div>
          <time dateTime={activeAt(conversation)} className="shrink-0 text-xs text-muted">
            {formats.shortTime(activeAt(conversation), now)}
          </time>
        </div>
        <div className="flex items-center gap-2 text-sm text-muted">
          <Preview conversation={conversation} isOpen={isOpen} />
          <Unread count={conversation.unread_count} />
        </div>
      </div>
    </Link>
  )
}

/** A conversation's name, or the number where it has none. */
export function nameOf({ name, contact }: Conversation): string {
  return name || contact?.name || contact?.phone || '—'
}

function Preview({ conversation, isOpen }: { readonly conversation: Conversation; readonly isOpen: boolean }) {
  const { words } = useSpeech()
  const { drafts } = useWorkspace()
  const draft = isOpen ? '' : drafts.get(conversation.id)
  const last = conversation.last_message
  if (draft) {
    return (
      <p className="min-w-0 flex-1 truncate">
        <span className="text-danger">{words.inbox.draft}</span> {draft}
      </p>
    )
  }
  if (!last) return <p className="flex-1" />
  const who = conversation.type === 'group' && last.direction === 'inbound' ? last.sender_name : undefined
  return (
    <>
      {last.direction === 'outbound' && last.status && <Tick status={last.status} />}
      <p className="min-w-0 flex-1 truncate">
        {who && `${who}: `}
        {last.preview || kindWord(words, last.type)}
      </p>
    </>
  )
}

function kindWord(words: Words, type: string): string {
  return type in words.kinds ? words.kinds[type as keyof Words['kinds']] : words.kinds.unsupported
}

function Unread({ count }: { readonly count: number }) {
  const { words } = useSpeech()
  if (count === 0) return null
  return (
    <span className="inline-flex h-5 min-w-5 shrink-0 items-center justify-center rounded-full bg-brand px-1.5 text-xs font-semibold text-onbrand">
      <span aria-hidden>{count > 99 ? '99+' : count}</span>
      <span className="sr-only">{words.inbox.unread(count)}</span>
    </span>
  )
}
