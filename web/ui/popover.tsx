import { type ReactNode, type RefObject, useLayoutEffect, useRef } from 'react'

interface PopoverProps {
  /** What it is, for those who cannot see it. */
  readonly label: string
  readonly role?: 'dialog' | 'menu'
  /** What it belongs to: it stands beside it, and focus goes back there. */
  readonly anchor: RefObject<HTMLElement | null>
  readonly onClose: () => void
  readonly children: ReactNode
}

/** A small panel beside what opened it, and a sheet at the foot of a phone; open as long as it is rendered. Escape and a press outside close it. */
export function Popover({ label, role = 'dialog', anchor, onClose, children }: PopoverProps) {
  const panel = useRef<HTMLDivElement>(null)
  const close = useRef(onClose)
  useLayoutEffect(() => {
    close.current = onClose
  })
  // Closed while it still stands in the page, or the focus would not go back to where it came from.
  useLayoutEffect(() => {
    const element = panel.current
    if (!element) return
    const source = anchor.current
    source?.focus({ preventScroll: true })
    element.showPopover(source ? { source } : undefined)
    element.querySelector<HTMLElement>('[data-autofocus]')?.focus({ preventScroll: true })
    const onToggle = (event: ToggleEvent) => event.newState === 'closed' && close.current()
    element.addEventListener('toggle', onToggle)
    return () => {
      element.removeEventListener('toggle', onToggle)
      if (element.matches(':popover-open')) element.hidePopover()
    }
  }, [anchor])
  return (
    <div
      ref={panel}
      popover="auto"
      role={role}
      aria-label={label}
      className="popover rounded-xl border border-line bg-surface text-fg shadow-lg"
    >
      {children}
    </div>
  )
}
