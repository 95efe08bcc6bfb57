import { ListChecks, PenLine } from 'lucide-react'
import { useState } from 'react'
import { useCommand } from '../../../commands.ts'
import { useConversationList } from '../../../data/hooks.tsx'
import { filterKey } from '../../../data/list-filter.ts'
import { useSpeech } from '../../../i18n/language.tsx'
import { IconButton } from '../../../ui/button.tsx'
import { onDemand } from '../../../ui/on-demand.tsx'
import { usePlace } from '../use-place.ts'
import { Chips } from './chips.tsx'
import { Empty, ListError } from './empty.tsx'
import { Rows } from './rows.tsx'
import { SearchField } from './search-field.tsx'
import { useSelection } from './selection.ts'
import { Skeleton } from './skeleton.tsx'
import { Views } from './views.tsx'

const BulkBar = onDemand(() => import('./bulk-bar.tsx').then((part) => part.BulkBar))
const SearchResults = onDemand(() => import('./search-results.tsx').then((part) => part.SearchResults))
const NewChat = onDemand(() => import('./new-chat.tsx').then((part) => part.NewChat))

/** The list side of the inbox: which conversations, narrowed how, or what a search finds among all of them. */
export function ListPane() {
  const { words } = useSpeech()
  const { place, go } = usePlace()
  const [isNew, setNew] = useState(false)
  const { list, error, retry } = useConversationList(place)
  const selection = useSelection(list.ids, filterKey(place))
  const query = place.q.trim()
  // One heading of the first level: the open conversation has it where there is one.
  const Title = place.id ? 'p' : 'h1'
  useCommand('newChat', () => setNew(true))
  useCommand('unread', () => go({ unread: !place.unread }, 'replace'))
  return (
    <div className="flex h-full min-h-0 flex-col bg-surface">
      <div className="grid gap-2 border-b border-line px-3 pb-2 pt-3">
        <div className="flex items-center gap-1">
          <Title className="flex-1 truncate text-xl font-semibold">{words.nav.inbox}</Title>
          <IconButton
            label={words.bulk.start}
            aria-pressed={selection.ids !== undefined}
            onPointerEnter={BulkBar.prefetch}
            onClick={selection.ids ? selection.clear : selection.start}
          >
            <ListChecks aria-hidden size={20} />
          </IconButton>
          <IconButton label={words.newChat.title} onPointerEnter={NewChat.prefetch} onClick={() => setNew(true)}>
            <PenLine aria-hidden size={20} />
          </IconButton>
        </div>
        <SearchField onWanted={SearchResults.prefetch} />
        {query === '' && <Views />}
        {query === '' && <Chips />}
      </div>
      {query !== '' ? (
        <SearchResults query={query} />
      ) : (
        <>
          {error !== undefined && <ListError error={error} onRetry={retry} />}
          {list.ids.length > 0 ? (
            <Rows ids={list.ids} filter={place} selection={selection} />
          ) : list.state === 'ready' ? (
            <Empty />
          ) : (
            error === undefined && <Skeleton />
          )}
        </>
      )}
      {selection.ids && query === '' && <BulkBar selection={selection} ids={selection.ids} />}
      {isNew && <NewChat onClose={() => setNew(false)} />}
    </div>
  )
}
