import { Archive, Clock, MoreHorizontal } from 'lucide-react'
import { useRef, useState } from 'react'
import { Link } from 'wouter'
import type { ListView } from '../../../data/list-filter.ts'
import { useSpeech } from '../../../i18n/language.tsx'
import { placeAddress } from '../../../router.ts'
import { IconButton } from '../../../ui/button.tsx'
import { Menu } from '../../../ui/menu.tsx'
import { usePlace } from '../use-place.ts'
import { useViewCounts } from '../use-view-counts.ts'

const everyday = ['mine', 'unassigned', 'all'] as const
const rare = ['snoozed', 'closed'] as const
const rareIcons = { snoozed: <Clock aria-hidden size={18} />, closed: <Archive aria-hidden size={18} /> }

/** Which list is shown, with how many stand in each. Those that are seldom looked at are behind a button. */
export function Views() {
  const { words } = useSpeech()
  const { place, go } = usePlace()
  const more = useRef<HTMLButtonElement>(null)
  const [isMore, setMore] = useState(false)
  const counts = useViewCounts()
  const open = rare.find((view) => view === place.view)
  const shown: readonly ListView[] = open ? [...everyday, open] : everyday
  return (
    <nav aria-label={words.inbox.list} className="flex items-center gap-1">
      <ul className="flex min-w-0 flex-1 gap-0.5 overflow-x-auto">
        {shown.map((view) => (
          <li key={view} className="shrink-0">
            <Link
              to={placeAddress({ ...place, view, assignee: undefined, id: place.id })}
              replace
              aria-current={place.view === view ? 'page' : undefined}
              title={words.inbox.viewTitles[view]}
              className={`target-tight inline-flex max-w-full items-center gap-1.5 rounded-lg px-2.5 text-sm ${place.view === view ? 'bg-surface2 font-semibold text-brand' : 'text-muted hover:bg-surface2'}`}
            >
              <span className="truncate">{words.inbox.views[view]}</span>
              {counts[view] !== undefined && <span className="tabular-nums">{counts[view]}</span>}
            </Link>
          </li>
        ))}
      </ul>
      <IconButton ref={more} label={words.inbox.moreViews} aria-haspopup="menu" aria-expanded={isMore} onClick={() => setMore(true)}>
        <MoreHorizontal aria-hidden size={20} />
      </IconButton>
      {isMore && (
        <Menu
          label={words.inbox.moreViews}
          anchor={more}
          onClose={() => setMore(false)}
          items={rare.map((view) => ({
            id: view,
            label: words.inbox.viewTitles[view],
            icon: rareIcons[view],
            hint: counts[view] === undefined ? undefined : String(counts[view]),
            checked: place.view === view,
            onPick: () => go({ view, assignee: undefined }, 'replace'),
          }))}
        />
      )}
    </nav>
  )
}
