import { ArrowDown, ArrowUp, Search, X } from 'lucide-react'
import type { KeyboardEvent, RefObject } from 'react'
import type { ConversationId, MessageId } from '../../../../contract/ids.ts'
import { useCommand } from '../../../commands.ts'
import { useSpeech } from '../../../i18n/language.tsx'
import { useThreadLateWords } from '../../../i18n/thread-late.ts'
import { Button, IconButton } from '../../../ui/button.tsx'
import { useErrorText } from '../../use-action.ts'
import { usePlace } from '../use-place.ts'
import { placeAmong } from './step.ts'
import { useHits } from './use-hits.ts'
import { useMarks } from './use-marks.ts'

interface HitsBarProps {
  readonly id: ConversationId
  readonly q: string
  readonly at: MessageId
  /** The open conversation, in which the hits are marked. */
  readonly pane: RefObject<HTMLElement | null>
}

const none: readonly MessageId[] = []

/** Leads from hit to hit of a search within the open conversation: by buttons, by F3 and Shift+F3 as in browsers, by arrows within the bar. */
export function HitsBar({ id, q, at, pane }: HitsBarProps) {
  const { words } = useSpeech()
  const late = useThreadLateWords()
  const errorText = useErrorText()
  const { go } = usePlace()
  const { value, error, reload } = useHits(id, q)
  const hits = value?.ids ?? none
  const { number, older, newer } = placeAmong(hits, at)
  useMarks(pane, hits, q)
  const goTo = (hit: MessageId | undefined) => hit && go({ message: hit }, 'replace')
  const leave = () => {
    pane.current?.querySelector<HTMLElement>('[role=feed]')?.focus({ preventScroll: true })
    go({ message: undefined }, 'replace')
  }
  useCommand('olderHit', () => goTo(older))
  useCommand('newerHit', () => goTo(newer))
  const keys: Readonly<Partial<Record<string, () => void>>> = { ArrowUp: () => goTo(older), ArrowDown: () => goTo(newer), Escape: leave }
  const onKeyDown = (event: KeyboardEvent) => {
    const act = keys[event.key]
    if (!act) return
    act()
    event.preventDefault()
    event.stopPropagation()
  }
  return (
    // oxlint-disable-next-line jsx-a11y/no-static-element-interactions -- its buttons do the same
    <search
      aria-label={late.hits.title}
      onKeyDown={onKeyDown}
      className="flex items-center gap-1 border-b border-line bg-surface ps-4 pe-2"
    >
      <Search aria-hidden size={16} className="shrink-0 text-muted" />
      <p dir="auto" className="min-w-0 flex-1 truncate ps-1">
        <bdi>{q}</bdi>
      </p>
      {error === undefined ? (
        <output className="shrink-0 text-sm text-muted tabular-nums">
          {value && (number > 0 ? late.hits.place(number, hits.length, value.hasMore) : late.hits.found(hits.length))}
        </output>
      ) : (
        <span role="alert" className="flex items-center text-sm text-danger">
          {errorText(error)}
          <Button look="quiet" onClick={reload}>
            {words.common.retry}
          </Button>
        </span>
      )}
      {/* At the end of the hits the button keeps the focus, and with it the keys of the bar. */}
      <IconButton
        label={`${words.commands.olderHit} (F3)`}
        aria-disabled={!older}
        className="aria-disabled:opacity-40"
        onClick={() => goTo(older)}
      >
        <ArrowUp aria-hidden size={20} />
      </IconButton>
      <IconButton
        label={`${words.commands.newerHit} (Shift+F3)`}
        aria-disabled={!newer}
        className="aria-disabled:opacity-40"
        onClick={() => goTo(newer)}
      >
        <ArrowDown aria-hidden size={20} />
      </IconButton>
      <IconButton label={late.hits.leave} onClick={leave}>
        <X aria-hidden size={20} />
      </IconButton>
    </search>
  )
}
