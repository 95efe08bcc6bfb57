import { SearchX } from 'lucide-react'
import { Link } from 'wouter'
import type { ConversationId } from '../../../../contract/ids.ts'
import { useNow, useStored } from '../../../data/hooks.tsx'
import type { SearchHit } from '../../../data/list-reads.ts'
import { useSpeech } from '../../../i18n/language.tsx'
import { placeAddress } from '../../../router.ts'
import { Avatar } from '../../../ui/avatar.tsx'
import { Button } from '../../../ui/button.tsx'
import { Spinner } from '../../../ui/spinner.tsx'
import { useDelayed } from '../../../ui/use-delayed.ts'
import { useErrorText } from '../../use-action.ts'
import { nameOf } from '../name-of.ts'
import { usePlace } from '../use-place.ts'
import { Words } from './empty.tsx'
import { highlight, type Piece, snippet } from './snippet.ts'
import { useSearch } from './use-search.ts'

const row =
  'flex min-h-16 items-center gap-3 border-b border-line px-3 py-2 outline-offset-[-2px] hover:bg-hover aria-[current=true]:bg-surface2'
const heading = 'px-3 pb-1 pt-3 text-xs font-medium text-muted'

/** What a search finds: people and groups at once, then messages, each opening at the place where it stands. */
export function SearchResults({ query }: { readonly query: string }) {
  const { words } = useSpeech()
  const errorText = useErrorText()
  const { people, hits, isSearching, error, more } = useSearch(query)
  const isSlow = useDelayed(isSearching)
  const isEmpty = people.length === 0 && hits.length === 0
  if (isEmpty && !isSearching && error === undefined) {
    return <Words icon={<SearchX aria-hidden size={28} />} text={words.inbox.nothingFound(query)} />
  }
  return (
    <div className="min-h-0 flex-1 overflow-y-auto">
      {people.length > 0 && (
        <section aria-label={words.inbox.people}>
          <h2 className={heading}>{words.inbox.people}</h2>
          <ul>
            {people.map((id) => (
              <Person key={id} id={id} query={query} />
            ))}
          </ul>
        </section>
      )}
      {hits.length > 0 && (
        <section aria-label={words.inbox.messages}>
          <h2 className={heading}>{words.inbox.messages}</h2>
          <ul>
            {hits.map((hit) => (
              <Hit key={hit.message.id} hit={hit} query={query} />
            ))}
          </ul>
        </section>
      )}
      <div className="grid justify-items-center gap-2 p-4 text-center">
        {error !== undefined && (
          <p role="alert" className="text-danger">
            {words.inbox.searchFailed} {errorText(error)}
          </p>
        )}
        {isSlow ? <Spinner label={words.inbox.searching} /> : more && <Button onClick={more}>{words.inbox.moreHits}</Button>}
      </div>
    </div>
  )
}

function Person({ id, query }: { readonly id: ConversationId; readonly query: string }) {
  const { place } = usePlace()
  const conversation = useStored(`conversation:${id}`, (store) => store.conversation(id))
  if (!conversation) return null
  const number = conversation.contact?.phone ?? conversation.contact?.username
  return (
    <li>
      <Link to={placeAddress({ ...place, id, message: undefined })} aria-current={place.id === id && !place.message} className={row}>
        <Avatar name={nameOf(conversation)} url={conversation.avatar_url} />
        <span className="min-w-0 flex-1">
          <span className="block truncate font-medium">
            <bdi>
              <Pieces of={highlight(nameOf(conversation), query)} />
            </bdi>
          </span>
          {number !== undefined && number !== nameOf(conversation) && (
            <span className="block truncate text-sm text-muted">
              <bdi>
                <Pieces of={highlight(number, query)} />
              </bdi>
            </span>
          )}
        </span>
      </Link>
    </li>
  )
}

function Hit({ hit, query }: { readonly hit: SearchHit; readonly query: string }) {
  const { formats, words } = useSpeech()
  const { place } = usePlace()
  const now = useNow(60_000)
  const { message, conversation_name } = hit
  const who = message.direction === 'outbound' ? words.inbox.you : message.sender.name
  return (
    <li>
      <Link
        to={placeAddress({ ...place, id: message.conversation_id, message: message.id })}
        aria-current={place.message === message.id}
        className={row}
      >
        <span className="min-w-0 flex-1">
          <span className="flex items-baseline gap-2">
            <span className="min-w-0 flex-1 truncate font-medium">
              <bdi>{conversation_name || message.sender.name}</bdi>
            </span>
            <time dateTime={message.sent_at} className="shrink-0 text-xs text-muted">
              {formats.shortTime(message.sent_at, now)}
            </time>
          </span>
          <span className="line-clamp-2 text-sm text-muted">
            {who}: <Pieces of={snippet('text' in message ? (message.text ?? '') : '', query)} />
          </span>
        </span>
      </Link>
    </li>
  )
}

function Pieces({ of }: { readonly of: readonly Piece[] }) {
  return of.map(({ text, isHit }, index) => (isHit ? <mark key={index}>{text}</mark> : text))
}
