import { useEffect, useRef } from 'react'

/** Something that can be put into the text. */
export interface Suggestion {
  readonly id: string
  readonly title: string
  readonly hint?: string | undefined
  /** What is put in. */
  readonly piece: string
}

interface SuggestionsProps {
  /** The id of the list, which the field names. */
  readonly id: string
  readonly label: string
  readonly items: readonly Suggestion[]
  readonly active: number
  readonly onPick: (index: number) => void
}

/** What may be put in, above the field; the focus stays in the field, which names the chosen one. */
export function Suggestions({ id, label, items, active, onPick }: SuggestionsProps) {
  const list = useRef<HTMLDivElement>(null)
  useEffect(() => {
    list.current?.children[active]?.scrollIntoView({ block: 'nearest' })
  }, [active])
  return (
    <div
      ref={list}
      id={id}
      role="listbox"
      aria-label={label}
      className="absolute inset-x-2 bottom-full z-10 mb-1 max-h-60 overflow-y-auto rounded-xl border border-line bg-surface p-1 shadow-lg"
    >
      {items.map((item, at) => (
        // The keys are heard by the field.
        // oxlint-disable-next-line jsx-a11y/click-events-have-key-events
        <div
          key={item.id}
          id={optionId(id, at)}
          role="option"
          tabIndex={-1}
          aria-selected={at === active}
          // The field keeps the focus.
          onMouseDown={(event) => event.preventDefault()}
          onClick={() => onPick(at)}
          className={`target flex cursor-pointer items-center gap-3 rounded-lg px-3 ${at === active ? 'bg-surface2' : ''}`}
        >
          <bdi className="shrink-0 font-medium">{item.title}</bdi>
          {item.hint && <bdi className="min-w-0 truncate text-muted">{item.hint}</bdi>}
        </div>
      ))}
    </div>
  )
}

/** The id of one of them, for `aria-activedescendant`. */
export function optionId(list: string, index: number): string {
  return `${list}-${index}`
}
