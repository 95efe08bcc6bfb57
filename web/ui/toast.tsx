import { createContext, type ReactNode, useCallback, useContext, useState } from 'react'

interface Toast {
  readonly id: number
  readonly text: string
  readonly isError: boolean
}

type Show = (text: string, isError?: boolean) => void

const ToastContext = createContext<Show>(() => undefined)
const SHOWN_MS = 6_000

/** Says something shortly at the edge of the page; screen readers hear it. */
export const useToast = (): Show => useContext(ToastContext)

export function ToastProvider({ children }: { readonly children: ReactNode }) {
  const [toasts, setToasts] = useState<readonly Toast[]>([])
  const show = useCallback<Show>((text, isError = false) => {
    const toast = { id: Date.now() + Math.random(), text, isError }
    setToasts((shown) => [...shown.filter((other) => other.text !== text), toast])
    setTimeout(() => setToasts((shown) => shown.filter((other) => other !== toast)), SHOWN_MS)
  }, [])
  const list = (isError: boolean) => toasts.filter((toast) => toast.isError === isError)
  return (
    <ToastContext value={show}>
      {children}
      <div className="pointer-events-none fixed inset-x-0 bottom-20 z-50 grid justify-items-center gap-2 px-4">
        <div role="alert">{list(true).map((toast) => shown(toast))}</div>
        <output>{list(false).map((toast) => shown(toast))}</output>
      </div>
    </ToastContext>
  )
}

function shown({ id, text, isError }: Toast) {
  return (
    <p key={id} className={`rounded-lg px-4 py-3 shadow-lg ${isError ? 'bg-danger text-ondanger' : 'bg-fg text-bg'}`}>
      {text}
    </p>
  )
}
