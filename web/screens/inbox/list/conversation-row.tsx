import { AlarmClock, Hourglass } from 'lucide-react'
import { memo, type MouseEvent } from 'react'
import { Link } from 'wouter'
import type { Conversation } from '../../../../contract/conversation.ts'
import type { ConversationId, UserId } from '../../../../contract/ids.ts'
import { activeAt } from '../../../data/conversation-list.ts'
import { useStored, useWorkspace } from '../../../data/hooks.tsx'
import { useSpeech } from '../../../i18n/language.tsx'
import type { Words } from '../../../i18n/uk.ts'
import { Avatar } from '../../../ui/avatar.tsx'
import { SmallAvatar } from '../../../ui/small-avatar.tsx'
import { LabelChip } from '../label-chip.tsx'
import { nameOf } from '../name-of.ts'
import { Tick } from '../tick.tsx'
import { KindIcon } from './kind-icon.tsx'
import { badge, shownLabels, windowLeft } from './row-facts.ts'

interface ConversationRowProps {
  readonly id: ConversationId
  readonly href: string
  readonly isOpen: boolean
  /** The one row that the Tab key reaches; arrows go to the others. */
  readonly isStop: boolean
  /** In milliseconds; what was today is yesterday after midnight. */
  readonly now: number
  /** Whether it is among the chosen ones; absent while nothing is being chosen. */
  readonly isSelected: boolean | undefined
  readonly onSelect: (id: ConversationId, isRange: boolean) => void
}

/** One conversation in the list: who, when, what was said last, whose it is, how much is unread. */
export const ConversationRow = memo(function ConversationRow(props: ConversationRowProps) {
  const { id, href, isOpen, isStop, now, isSelected, onSelect } = props
  const conversation = useStored(`conversation:${id}`, (store) => store.conversation(id))
  const { words } = useSpeech()
  if (!conversation) return <div className="h-18" />
  const isMarked = isSelected ?? isOpen
  return (
    <div className={`relative flex h-18 items-center border-b border-line ${isMarked ? 'bg-surface2' : 'hover:bg-hover'}`}>
      {isOpen && <span aria-hidden className="absolute inset-y-0 start-0 w-1 bg-brand" />}
      {isSelected !== undefined && (
        <label className="target grid shrink-0 place-items-center ps-2">
          <input
            type="checkbox"
            checked={isSelected}
            aria-label={words.bulk.select(nameOf(conversation))}
            onClick={(event) => onSelect(id, event.shiftKey)}
            readOnly
            className="size-5 accent-brand"
          />
        </label>
      )}
      <Link
        to={href}
        data-row={id}
        tabIndex={isStop ? 0 : -1}
        aria-current={isOpen ? 'true' : undefined}
        onClick={(event: MouseEvent) => {
          if (!event.shiftKey && isSelected === undefined) return
          event.preventDefault()
          onSelect(id, event.shiftKey)
        }}
        className="flex h-full min-w-0 flex-1 items-center gap-3 px-3 outline-offset-[-2px]"
      >
        <Avatar name={nameOf(conversation)} url={conversation.avatar_url} />
        <Facts conversation={conversation} isOpen={isOpen} now={now} />
      </Link>
    </div>
  )
})

function Facts({ conversation, isOpen, now }: { readonly conversation: Conversation; readonly isOpen: boolean; readonly now: number }) {
  const { words, formats } = useSpeech()
  const { shown, more } = shownLabels(conversation.labels)
  const isUnread = conversation.unread_count > 0
  return (
    <div className="min-w-0 flex-1">
      <div className="flex items-baseline gap-2">
        <div className={`min-w-0 flex-1 truncate ${isUnread ? 'font-semibold' : 'font-medium'}`}>
          <bdi>{nameOf(conversation)}</bdi>
        </div>
        <Clocks conversation={conversation} now={now} />
        <time dateTime={activeAt(conversation)} className={`shrink-0 text-xs ${isUnread ? 'font-medium text-brand' : 'text-muted'}`}>
          {formats.shortTime(activeAt(conversation), now)}
        </time>
      </div>
      <div className="flex h-5 items-center gap-1.5 text-sm text-muted">
        <Preview conversation={conversation} isOpen={isOpen} />
        {conversation.assignee_id && <Assignee id={conversation.assignee_id} />}
        <Unread count={conversation.unread_count} />
      </div>
      {shown.length > 0 && (
        <div className="flex h-4 items-center gap-2 overflow-hidden text-xs text-muted">
          {shown.map((label) => (
            <LabelChip key={label} name={label} look="dot" />
          ))}
          {more > 0 && (
            <span title={conversation.labels.join(', ')}>
              <span aria-hidden>+{more}</span>
              <span className="sr-only">{words.inbox.moreLabels(more)}</span>
            </span>
          )}
        </div>
      )}
    </div>
  )
}

/** Shortly before one may not answer freely any more, and while it is put off. */
function Clocks({ conversation, now }: { readonly conversation: Conversation; readonly now: number }) {
  const { words, formats } = useSpeech()
  const left = windowLeft(conversation, now)
  const { status, snoozed_until } = conversation
  return (
    <>
      {left !== undefined && (
        <span role="img" aria-label={words.inbox.windowLeft(formats.span(left))} className="shrink-0 self-center text-warn">
          <Hourglass aria-hidden size={14} />
        </span>
      )}
      {status === 'snoozed' && snoozed_until !== undefined && (
        <span
          role="img"
          aria-label={words.inbox.snoozedUntil(formats.dateTime(snoozed_until))}
          title={words.inbox.snoozedUntil(formats.dateTime(snoozed_until))}
          className="shrink-0 self-center text-muted"
        >
          <AlarmClock aria-hidden size={14} />
        </span>
      )}
    </>
  )
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
  const isFailed = last.direction === 'outbound' && last.status === 'failed'
  return (
    <>
      {last.direction === 'outbound' && last.status && <Tick status={last.status} />}
      <KindIcon type={last.type} />
      <p className={`min-w-0 flex-1 truncate ${isFailed ? 'text-danger' : ''}`}>
        {isFailed && `${words.inbox.notSent}: `}
        {who && `${who}: `}
        {last.preview || kindWord(words, last.type)}
      </p>
    </>
  )
}

function kindWord(words: Words, type: string): string {
  return type in words.kinds ? words.kinds[type as keyof Words['kinds']] : words.kinds.unsupported
}

function Assignee({ id }: { readonly id: UserId }) {
  const { words } = useSpeech()
  const user = useStored('users', (store) => store.user(id))
  return user ? <SmallAvatar name={user.name} label={words.inbox.assignedTo(user.name)} /> : null
}

function Unread({ count }: { readonly count: number }) {
  const { words } = useSpeech()
  if (count === 0) return null
  return (
    <span className="inline-flex h-5 min-w-5 shrink-0 items-center justify-center rounded-full bg-brand px-1.5 text-xs font-semibold text-onbrand">
      <span aria-hidden>{badge(count)}</span>
      <span className="sr-only">{words.inbox.unread(count)}</span>
    </span>
  )
}
