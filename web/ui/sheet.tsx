import { type ReactNode, useLayoutEffect, useRef } from 'react'

interface SheetProps {
  readonly label: string
  readonly onClose: () => void
  readonly children: ReactNode
}

/** A panel over the end of the page, and over all of it on a phone; open as long as it is rendered. */
export function Sheet({ label, onClose, children }: SheetProps) {
  const dialog = useRef<HTMLDialogElement>(null)
  // Closed while it still stands in the page, or the focus would not go back to where it came from.
  useLayoutEffect(() => {
    const element = dialog.current
    element?.showModal()
    return () => element?.close()
  }, [])
  return (
    <dialog
      ref={dialog}
      aria-label={label}
      closedby="any"
      onCancel={(event) => {
        event.preventDefault()
        onClose()
      }}
      className="my-0 ms-auto me-0 h-dvh max-h-none w-full max-w-none bg-surface text-fg sm:w-[360px] sm:border-s sm:border-line"
    >
      {children}
    </dialog>
  )
}
