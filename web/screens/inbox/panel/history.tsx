import { CalendarClock, CircleCheck, CircleDot, type LucideIcon, Tag, UserRound } from 'lucide-react'
import { useCallback, useState } from 'react'
import type { Activity, ActivityKind } from '../../../../contract/activity.ts'
import type { Conversation } from '../../../../contract/conversation.ts'
import { useLoaded, useWorkspace } from '../../../data/hooks.tsx'
import { useSpeech } from '../../../i18n/language.tsx'
import { useThreadLateWords } from '../../../i18n/thread-late.ts'
import { Button } from '../../../ui/button.tsx'
import { WhenLoaded } from '../../settings/card.tsx'
import { Part } from './part.tsx'

const PAGE = 10
const MOST = 200

const icons: Record<ActivityKind, LucideIcon> = {
  assigned: UserRound,
  closed: CircleCheck,
  reopened: CircleDot,
  snoozed: CalendarClock,
  labelled: Tag,
}

/** What was done with the conversation, by whom and when, the latest first. */
export function History({ conversation }: { readonly conversation: Conversation }) {
  const { history: words } = useThreadLateWords()
  const { client } = useWorkspace()
  const [limit, setLimit] = useState(PAGE)
  // What the page shows done at once the server has done a moment later: then the conversation comes with a new time.
  const { id, updated_at } = conversation
  const load = useCallback(
    (signal: AbortSignal) => (void updated_at, client.call('listActivity', { params: { conversation_id: id }, query: { limit }, signal })),
    [client, id, updated_at, limit],
  )
  const activity = useLoaded(load)
  return (
    <Part title={words.title}>
      <WhenLoaded of={activity}>
        {({ items, has_more }) => (
          <>
            {items.length === 0 && <p className="text-sm text-muted">{words.none}</p>}
            <ol className="grid gap-3">
              {items.map((one) => (
                <Deed key={one.id} activity={one} />
              ))}
            </ol>
            {has_more && limit < MOST && (
              <Button look="quiet" onClick={() => setLimit(MOST)}>
                {words.older}
              </Button>
            )}
          </>
        )}
      </WhenLoaded>
    </Part>
  )
}

function Deed({ activity }: { readonly activity: Activity }) {
  const { formats } = useSpeech()
  const { history: words } = useThreadLateWords()
  const text = useText()
  const { kind, actor, at } = activity
  const Icon = icons[kind]
  return (
    <li className="flex gap-2 text-sm">
      <Icon aria-hidden size={16} className="mt-0.5 shrink-0 text-muted" />
      <span className="grid min-w-0 gap-0.5">
        <span className="break-words">{text(activity)}</span>
        <span className="text-xs text-muted">
          <bdi>{actor ? actor.name : words.itself}</bdi> · <time dateTime={at}>{formats.dateTime(at)}</time>
        </span>
      </span>
    </li>
  )
}

function useText(): (activity: Activity) => string {
  const { formats } = useSpeech()
  const { deeds } = useThreadLateWords().history
  return ({ kind, assignee, until, added = [], removed = [] }) => {
    switch (kind) {
      case 'assigned':
        return assignee ? deeds.assigned(assignee.name) : deeds.unassigned
      case 'snoozed':
        return deeds.snoozed(until === undefined ? '' : formats.dateTime(until))
      case 'labelled':
        return [added.length > 0 && deeds.added(added.join(', ')), removed.length > 0 && deeds.removed(removed.join(', '))]
          .filter(Boolean)
          .join('. ')
      case 'closed':
      case 'reopened':
        return deeds[kind]
    }
  }
}
