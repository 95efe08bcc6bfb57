import { X } from 'lucide-react'
import { type ReactNode, useId, useLayoutEffect, useRef } from 'react'
import { IconButton } from './button.tsx'

interface DialogProps {
  readonly title: string
  readonly closeLabel: string
  readonly onClose: () => void
  readonly children: ReactNode
  /** Fills the window, for pictures. */
  readonly wide?: boolean
}

/** A window over the page, open as long as it is rendered. Escape and a press outside close it; focus goes back by itself. */
export function Dialog({ title, closeLabel, onClose, children, wide = false }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null)
  const titleId = useId()
  // Closed while it still stands in the page, or the focus would not go back to where it came from.
  useLayoutEffect(() => {
    const element = dialog.current
    element?.showModal()
    return () => element?.close()
  }, [])
  return (
    <dialog
      ref={dialog}
      aria-labelledby={titleId}
      onCancel={(event) => {
        event.preventDefault()
        onClose()
      }}
      closedby="any"
      className={`m-auto max-h-[92dvh] rounded-xl bg-surface text-fg ${wide ? 'max-w-[96vw]' : 'w-[min(480px,92vw)]'}`}
    >
      <div className="grid gap-4 p-4">
        <div className="flex items-center justify-between gap-4">
          <h2 id={titleId} className="min-w-0 truncate text-lg font-semibold">
            {title}
          </h2>
          <IconButton label={closeLabel} onClick={onClose}>
            <X aria-hidden size={20} />
          </IconButton>
        </div>
        {children}
      </div>
    </dialog>
  )
}
