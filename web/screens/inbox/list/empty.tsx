import { Inbox, PartyPopper, SearchX, Smartphone } from 'lucide-react'
import type { ReactNode } from 'react'
import { Link } from 'wouter'
import { useStored, useWorkspace } from '../../../data/hooks.tsx'
import { isNarrowed } from '../../../data/list-filter.ts'
import { useSpeech } from '../../../i18n/language.tsx'
import { paths, placeAddress } from '../../../router.ts'
import { Button } from '../../../ui/button.tsx'
import { useErrorText } from '../../use-action.ts'
import { usePlace } from '../use-place.ts'
import { useViewCounts } from '../use-view-counts.ts'

const way = 'target inline-flex items-center rounded-lg bg-brand px-4 font-medium text-onbrand'

/** Why the list is empty, and one way on. */
export function Empty() {
  const { words } = useSpeech()
  const { user, store } = useWorkspace()
  const { place, go } = usePlace()
  const channels = useStored('channels', () => store.channels())
  const counts = useViewCounts()
  if (isNarrowed(place)) {
    const reset = { unread: false, label: undefined, assignee: undefined, number: undefined }
    return (
      <Words icon={<SearchX aria-hidden size={28} />} text={words.inbox.filterEmpty}>
        <Button onClick={() => go(reset, 'replace')}>{words.inbox.resetFilters}</Button>
      </Words>
    )
  }
  if (channels.length === 0) {
    return (
      <Words icon={<Smartphone aria-hidden size={28} />} text={user.role === 'admin' ? words.inbox.noNumbers : words.inbox.noAccess}>
        <Link to={paths.connect} className={way}>
          {words.inbox.connect}
        </Link>
      </Words>
    )
  }
  switch (place.view) {
    case 'mine':
      return (
        <Words icon={<PartyPopper aria-hidden size={28} />} text={words.inbox.mineEmpty}>
          <Link to={placeAddress({ ...place, view: 'unassigned' })} className={way}>
            {words.inbox.toUnassigned(counts.unassigned)}
          </Link>
        </Words>
      )
    case 'unassigned':
      return <Words icon={<PartyPopper aria-hidden size={28} />} text={words.inbox.unassignedEmpty} />
    case 'snoozed':
      return <Words icon={<Inbox aria-hidden size={28} />} text={words.inbox.snoozedEmpty} />
    case 'closed':
      return <Words icon={<Inbox aria-hidden size={28} />} text={words.inbox.closedEmpty} />
    case 'all':
      return (
        <Words icon={<Inbox aria-hidden size={28} />} text={words.inbox.empty}>
          <Link to={paths.connect} className={way}>
            {words.inbox.connect}
          </Link>
        </Words>
      )
  }
}

/** One fact and one way on, in the middle of where something else would stand. */
export function Words({ icon, text, children }: { readonly icon: ReactNode; readonly text: string; readonly children?: ReactNode }) {
  return (
    <div className="grid flex-1 content-center justify-items-center gap-4 p-6 text-center text-muted">
      <span className="grid size-14 place-items-center rounded-full bg-surface2 text-brand">{icon}</span>
      <p className="max-w-64">{text}</p>
      {children}
    </div>
  )
}

/** The list could not be read; what is there stays. */
export function ListError({ error, onRetry }: { readonly error: unknown; readonly onRetry: () => void }) {
  const { words } = useSpeech()
  const errorText = useErrorText()
  return (
    <div role="alert" className="flex flex-wrap items-center gap-2 border-b border-line px-3 py-1 text-sm text-danger">
      <span className="flex-1">
        {words.inbox.listFailed} {errorText(error)}
      </span>
      <Button look="quiet" onClick={onRetry}>
        {words.common.retry}
      </Button>
    </div>
  )
}
