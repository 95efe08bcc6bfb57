import { Search, X } from 'lucide-react'
import { type KeyboardEvent, useEffect, useRef, useState } from 'react'
import { useCommand } from '../../../commands.ts'
import { useSpeech } from '../../../i18n/language.tsx'
import { IconButton } from '../../../ui/button.tsx'
import { usePlace } from '../use-place.ts'

/** What is searched for. It stands in the address, so that a search can be shared and survives a reload. */
export function SearchField({ onWanted }: { readonly onWanted: () => void }) {
  const { words } = useSpeech()
  const { place, go } = usePlace()
  const field = useRef<HTMLInputElement>(null)
  // What is typed shows at once; the address follows, and is followed when it changes by itself.
  const [text, setText] = useState(place.q)
  const [told, setTold] = useState(place.q)
  if (place.q !== told) {
    setTold(place.q)
    setText(place.q)
  }
  useEffect(() => {
    if (text === place.q) return
    const timer = setTimeout(() => {
      setTold(text)
      go({ q: text }, 'replace')
    }, 60)
    return () => clearTimeout(timer)
  }, [text, place.q, go])
  useCommand('search', () => {
    field.current?.focus()
    field.current?.select()
  })
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Escape' || text === '') return
    event.stopPropagation()
    setText('')
  }
  return (
    <div className="relative">
      <Search aria-hidden size={18} className="pointer-events-none absolute inset-y-0 start-3 my-auto text-muted" />
      <input
        ref={field}
        type="search"
        aria-label={words.inbox.search}
        placeholder={words.inbox.searchHint}
        maxLength={200}
        value={text}
        onFocus={onWanted}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={onKeyDown}
        className="target w-full rounded-full border border-control bg-surface ps-10 pe-11 placeholder:text-muted [&::-webkit-search-cancel-button]:hidden"
      />
      {text !== '' && (
        <IconButton
          label={words.inbox.clearSearch}
          onClick={() => {
            setText('')
            field.current?.focus()
          }}
          className="absolute inset-y-0 end-0 my-auto rounded-full"
        >
          <X aria-hidden size={18} />
        </IconButton>
      )}
    </div>
  )
}
