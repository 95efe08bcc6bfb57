import { Check } from 'lucide-react'
import { type KeyboardEvent, type ReactNode, useEffect, useId, useRef, useState } from 'react'

export interface Option {
  readonly id: string
  readonly label: string
  readonly icon?: ReactNode
  readonly hint?: string | undefined
  /** The heading under which it stands; options of one heading stand together. */
  readonly group?: string | undefined
  /** Set where several may be chosen: whether this one is. */
  readonly checked?: boolean
}

interface PickerProps {
  readonly label: string
  readonly placeholder: string
  readonly query: string
  readonly onQuery: (query: string) => void
  /** What is offered for these words, in order. */
  readonly options: readonly Option[]
  readonly onPick: (id: string) => void
  /** Said when nothing is offered. */
  readonly empty: string
}

/** A field that narrows a list under it: arrows walk the list while the words stay in the field (the combobox pattern). */
export function Picker({ label, placeholder, query, onQuery, options, onPick, empty }: PickerProps) {
  const id = useId()
  const list = useRef<HTMLDivElement>(null)
  const field = useRef<HTMLInputElement>(null)
  const [at, setAt] = useState(0)
  const active = Math.min(at, options.length - 1)
  useEffect(() => field.current?.focus({ preventScroll: true }), [])
  useEffect(() => {
    list.current?.querySelector('[aria-selected=true]')?.scrollIntoView({ block: 'nearest' })
  }, [active])
  const onKeyDown = (event: KeyboardEvent) => {
    const targets: Record<string, number> = { ArrowDown: active + 1, ArrowUp: active - 1 }
    const target = targets[event.key]
    if (target !== undefined && options.length > 0) {
      event.preventDefault()
      setAt((target + options.length) % options.length)
    }
    const picked = options[active]
    if (event.key === 'Enter' && !event.nativeEvent.isComposing) {
      event.preventDefault()
      if (picked) onPick(picked.id)
    }
  }
  return (
    <div className="grid min-h-0 w-full grid-rows-[auto_minmax(0,1fr)]">
      <div className="border-b border-line p-2">
        <input
          role="combobox"
          aria-label={label}
          aria-expanded={options.length > 0}
          aria-controls={options.length > 0 ? id : undefined}
          aria-autocomplete="list"
          aria-activedescendant={options[active] ? `${id}-${active}` : undefined}
          autoComplete="off"
          spellCheck={false}
          ref={field}
          placeholder={placeholder}
          value={query}
          onChange={(event) => {
            setAt(0)
            onQuery(event.target.value)
          }}
          onKeyDown={onKeyDown}
          className="target w-full rounded-lg border border-control bg-surface px-3 placeholder:text-muted"
        />
      </div>
      {options.length > 0 ? (
        <div ref={list} id={id} role="listbox" aria-label={label} className="min-h-0 overflow-y-auto p-1">
          {options.map((option, index) => (
            <Line
              key={option.id}
              id={`${id}-${index}`}
              option={option}
              isActive={index === active}
              heading={option.group !== options[index - 1]?.group ? option.group : undefined}
              onHover={() => setAt(index)}
              onPick={() => onPick(option.id)}
            />
          ))}
        </div>
      ) : (
        <p className="p-4 text-muted">{empty}</p>
      )}
    </div>
  )
}

interface LineProps {
  readonly id: string
  readonly option: Option
  readonly isActive: boolean
  readonly heading: string | undefined
  readonly onHover: () => void
  readonly onPick: () => void
}

function Line({ id, option, isActive, heading, onHover, onPick }: LineProps) {
  const { label, icon, hint, checked } = option
  return (
    <>
      {heading !== undefined && (
        <p role="presentation" className="px-3 pb-1 pt-3 text-xs font-medium text-muted">
          {heading}
        </p>
      )}
      <button
        id={id}
        type="button"
        role="option"
        tabIndex={-1}
        aria-selected={isActive}
        aria-checked={checked}
        onPointerMove={onHover}
        // The words stay where they are typed.
        onMouseDown={(event) => event.preventDefault()}
        onClick={onPick}
        className={`target flex w-full items-center text-start gap-3 rounded-lg px-3 ${isActive ? 'bg-surface2' : ''}`}
      >
        {icon}
        <span className="min-w-0 flex-1 truncate">
          <bdi>{label}</bdi>
        </span>
        {hint && <span className="shrink-0 text-xs text-muted">{hint}</span>}
        {checked === true && <Check aria-hidden size={16} className="shrink-0 text-brand" />}
      </button>
    </>
  )
}
