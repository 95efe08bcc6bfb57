import { type ReactNode, useEffect, useRef, useState } from 'react'
import { Virtualizer, type VirtualizerHandle } from 'virtua'
import { Link } from 'wouter'
import type { ConversationId } from '../../../contract/ids.ts'
import { useNow, useStored, useWorkspace } from '../../data/hooks.tsx'
import { useSpeech } from '../../i18n/language.tsx'
import { paths } from '../../router.ts'
import { Spinner } from '../../ui/spinner.tsx'
import { useErrorText } from '../use-action.ts'
import { ConversationRow } from './conversation-row.tsx'

/** How near the end of the list the next page is asked for, in pixels. */
const NEAR_END = 800

/** The conversations, the latest first, or what a search finds among all of them. */
export function ConversationList({ openId }: { readonly openId: ConversationId | undefined }) {
  const { words } = useSpeech()
  const errorText = useErrorText()
  const [query, setQuery] = useState('')
  const order = useStored('order', (store) => store.order())
  const search = useFound(query.trim())
  const ids = search.isOn ? search.found : order
  return (
    <div className="flex h-full min-h-0 flex-col bg-surface">
      <div className="border-b border-line p-2">
        <input
          type="search"
          aria-label={words.inbox.search}
          placeholder={words.inbox.search}
          value={query}
          onChange={(event) => setQuery(event.target.value)}
          className="target w-full rounded-lg border border-control bg-surface px-3 placeholder:text-muted"
        />
      </div>
      {search.error !== undefined && (
        <p role="alert" className="p-4 text-danger">
          {errorText(search.error)}
        </p>
      )}
      {ids && ids.length > 0 ? <Rows ids={ids} openId={openId} /> : <Empty query={search.isOn ? query.trim() : ''} isLoading={!ids} />}
    </div>
  )
}

function Rows({ ids, openId }: { readonly ids: readonly ConversationId[]; readonly openId: ConversationId | undefined }) {
  const { reads } = useWorkspace()
  const list = useRef<VirtualizerHandle>(null)
  const now = useNow(60_000)
  const loadMore = () => {
    const { current } = list
    const isNear = current && current.scrollOffset + current.viewportSize > current.scrollSize - NEAR_END
    // A page that does not come is asked for again by the next scroll.
    if (isNear && reads.hasMoreConversations()) reads.moreConversations().catch(() => undefined)
  }
  return (
    <div className="min-h-0 flex-1 overflow-y-auto">
      <Virtualizer ref={list} as="ul" item="li" data={ids} itemSize={72} onScroll={loadMore} onResize={loadMore}>
        {(id) => <ConversationRow key={id} id={id} isOpen={id === openId} now={now} />}
      </Virtualizer>
    </div>
  )
}

/** What the server finds for these words, shortly after they were typed. */
function useFound(query: string) {
  const { reads } = useWorkspace()
  const [state, setState] = useState<{ query: string; found?: readonly ConversationId[]; error?: unknown }>({ query: '' })
  useEffect(() => {
    if (query === '') return
    const leaving = new AbortController()
    const timer = setTimeout(() => {
      reads.findConversations(query, leaving.signal).then(
        (found) => leaving.signal.aborted || setState({ query, found }),
        (error: unknown) => leaving.signal.aborted || setState({ query, found: [], error }),
      )
    }, 250)
    return () => {
      clearTimeout(timer)
      leaving.abort()
    }
  }, [reads, query])
  const isOn = query !== ''
  // What was found for the words before stays until the new ones are answered.
  return { isOn, found: isOn ? state.found : undefined, error: isOn && state.query === query ? state.error : undefined }
}

/** Why the list is empty, and what to do about it. */
function Empty({ query, isLoading }: { readonly query: string; readonly isLoading: boolean }) {
  const { words } = useSpeech()
  const { user, store } = useWorkspace()
  const channels = useStored('channels', () => store.channels())
  const connection = useStored('connection', () => store.connection())
  const noNumbers = user.role === 'admin' ? words.inbox.noNumbers : words.inbox.noAccess
  let content: ReactNode
  if (isLoading || connection === 'connecting') content = <Spinner label={words.common.loading} />
  else if (query !== '') content = words.inbox.nothingFound(query)
  else {
    content = (
      <>
        <span>{channels.length === 0 ? noNumbers : words.inbox.empty}</span>
        <Link to={paths.connect} className="target inline-flex items-center rounded-lg bg-brand px-4 font-medium text-onbrand">
          {words.inbox.connect}
        </Link>
      </>
    )
  }
  return <div className="grid justify-items-center gap-4 p-6 text-center text-muted">{content}</div>
}
