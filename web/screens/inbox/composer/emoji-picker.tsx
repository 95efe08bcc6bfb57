import { useEffect, useEffectEvent, useMemo, useRef, useState } from 'react'
import { useLoaded } from '../../../data/hooks.tsx'
import { useSpeech } from '../../../i18n/language.tsx'
import { Spinner } from '../../../ui/spinner.tsx'
import { type EmojiGroup, loadEmoji } from './emoji.ts'
import { ranked } from './suggest.ts'

interface EmojiPickerProps {
  readonly onPick: (emoji: string) => void
}

const COLUMNS = 8
const RECENT_KEPT_AS = 'mistok.emoji'
const RECENT = COLUMNS * 2

/** All emoji by groups, found by words of the language in use; walked with the arrows. */
export function EmojiPicker({ onPick }: EmojiPickerProps) {
  const { words, language } = useSpeech()
  const [query, setQuery] = useState('')
  const load = useMemo(() => (signal: AbortSignal) => loadEmoji(language, signal), [language])
  const { value: groups, error } = useLoaded<readonly EmojiGroup[]>(load)
  const [recent] = useState(readRecent)
  /** Enter came before the emoji had. */
  const [isHasty, setHasty] = useState(false)
  const shown = useMemo(() => (groups ? groupsFor(groups, query, recent, words.emoji) : []), [groups, query, recent, words])
  const pick = (emoji: string) => {
    localStorage.setItem(RECENT_KEPT_AS, JSON.stringify([emoji, ...readRecent().filter((one) => one !== emoji)].slice(0, RECENT)))
    onPick(emoji)
  }
  const [first] = shown[0]?.emoji ?? []
  const pickHastily = useEffectEvent(() => {
    setHasty(false)
    if (first) pick(first[0])
  })
  const isLoaded = groups !== undefined
  useEffect(() => {
    if (isHasty && isLoaded) pickHastily()
  }, [isHasty, isLoaded])
  return (
    <div className="grid w-84 max-w-full gap-2 p-2 max-sm:w-full">
      <input
        type="search"
        data-autofocus
        value={query}
        aria-label={words.emoji.search}
        placeholder={words.emoji.search}
        onChange={(event) => setQuery(event.target.value)}
        onKeyDown={(event) => {
          if (event.key !== 'Enter') return
          event.preventDefault()
          if (first) pick(first[0])
          else setHasty(groups === undefined)
        }}
        className="target w-full rounded-lg border border-control bg-surface px-3 placeholder:text-muted"
      />
      {error !== undefined && <p role="alert">{words.emoji.failed}</p>}
      {!groups && error === undefined && <Spinner label={words.common.loading} />}
      {groups && shown.length === 0 && <output className="text-muted">{words.emoji.none}</output>}
      <Grid groups={shown} onPick={pick} />
    </div>
  )
}

function Grid({ groups, onPick }: { readonly groups: readonly EmojiGroup[]; readonly onPick: (emoji: string) => void }) {
  const grid = useRef<HTMLDivElement>(null)
  const [count, setCount] = useState(2)
  // The first groups are drawn at once and the others behind them, so that opening is not waited for.
  useEffect(() => {
    if (count >= groups.length) return
    const timer = setTimeout(() => setCount(count + 1), 30)
    return () => clearTimeout(timer)
  }, [count, groups.length])
  const move = (key: string): boolean => {
    const buttons = [...(grid.current?.querySelectorAll('button') ?? [])]
    const at = buttons.indexOf(document.activeElement as HTMLButtonElement)
    const forward = grid.current && getComputedStyle(grid.current).direction === 'rtl' ? -1 : 1
    const steps: Record<string, number> = { ArrowRight: forward, ArrowLeft: -forward, ArrowDown: COLUMNS, ArrowUp: -COLUMNS }
    const step = steps[key]
    if (step === undefined || at < 0) return false
    buttons[Math.min(buttons.length - 1, Math.max(0, at + step))]?.focus()
    return true
  }
  return (
    // The keys belong to the buttons inside.
    // oxlint-disable-next-line jsx-a11y/no-static-element-interactions
    <div ref={grid} onKeyDown={(event) => move(event.key) && event.preventDefault()} className="max-h-64 overflow-y-auto">
      {groups.slice(0, count).map(({ name, emoji }) => (
        <section key={name} aria-label={name}>
          <h3 className="sticky top-0 bg-surface py-1 text-sm text-muted">{name}</h3>
          <div className="grid grid-cols-8">
            {emoji.map(([sign, label], at) => (
              <button
                key={sign}
                type="button"
                // One stop of Tab a group; the arrows go on from there.
                tabIndex={at === 0 ? 0 : -1}
                aria-label={label}
                title={label}
                onClick={() => onPick(sign)}
                className="aspect-square min-h-10 rounded-lg text-2xl hover:bg-surface2 pointer-coarse:min-h-11"
              >
                {sign}
              </button>
            ))}
          </div>
        </section>
      ))}
    </div>
  )
}

function groupsFor(
  groups: readonly EmojiGroup[],
  query: string,
  recent: readonly string[],
  words: { readonly recent: string; readonly found: string },
): readonly EmojiGroup[] {
  const all = groups.flatMap(({ emoji }) => emoji)
  if (query.trim() !== '') {
    const emoji = ranked(all, query.trim(), ([, name, keywords]) => `${name} ${keywords}`, 64)
    return emoji.length > 0 ? [{ name: words.found, emoji }] : []
  }
  const last = recent.flatMap((sign) => all.filter(([one]) => one === sign))
  return last.length > 0 ? [{ name: words.recent, emoji: last }, ...groups] : groups
}

function readRecent(): readonly string[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(RECENT_KEPT_AS) ?? '[]')
    return Array.isArray(kept) ? kept.filter((one) => typeof one === 'string') : []
  } catch {
    return []
  }
}
