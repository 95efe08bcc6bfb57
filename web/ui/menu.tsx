import { type KeyboardEvent, type ReactNode, type RefObject, useRef } from 'react'
import { Popover } from './popover.tsx'

export interface MenuItem {
  readonly id: string
  readonly label: string
  readonly icon?: ReactNode
  /** Small words at the end, such as a time. */
  readonly hint?: string | undefined
  readonly danger?: boolean
  /** Set for items of which one is chosen. */
  readonly checked?: boolean
  readonly onPick: () => void
}

interface MenuProps {
  readonly label: string
  readonly anchor: RefObject<HTMLElement | null>
  readonly items: readonly MenuItem[]
  readonly onClose: () => void
}

/** A list of things to do, walked with the arrows, Home and End. */
export function Menu({ label, anchor, items, onClose }: MenuProps) {
  const list = useRef<HTMLDivElement>(null)
  const move = (event: KeyboardEvent) => {
    const buttons = [...(list.current?.querySelectorAll('button') ?? [])]
    const at = buttons.indexOf(document.activeElement as HTMLButtonElement)
    const targets: Record<string, number> = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: buttons.length - 1 }
    const target = targets[event.key]
    if (event.key === 'Tab') onClose()
    if (target === undefined) return
    event.preventDefault()
    buttons[(target + buttons.length) % buttons.length]?.focus()
  }
  return (
    <Popover label={label} role="menu" anchor={anchor} onClose={onClose}>
      <div ref={list} role="presentation" onKeyDown={move} className="grid min-w-52 gap-0.5 p-1">
        {items.map(({ id, label: words, icon, hint, danger = false, checked, onPick }, index) => (
          <button
            key={id}
            type="button"
            role={checked === undefined ? 'menuitem' : 'menuitemradio'}
            aria-checked={checked}
            tabIndex={-1}
            data-autofocus={index === 0 ? '' : undefined}
            onClick={() => {
              onClose()
              onPick()
            }}
            className={`target flex items-center gap-3 rounded-lg px-3 text-start outline-offset-[-2px] hover:bg-surface2 focus:bg-surface2 ${danger ? 'text-danger' : ''} ${checked === true ? 'font-medium text-brand' : ''}`}
          >
            {icon}
            <span className="flex-1">{words}</span>
            {hint && <span className="text-xs text-muted">{hint}</span>}
          </button>
        ))}
      </div>
    </Popover>
  )
}
