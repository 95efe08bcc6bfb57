import { createContext, type ReactNode, useCallback, useContext, useState } from 'react'

interface ToastAction {
  readonly label: string
  readonly run: () => void
}

interface Toast {
  readonly id: number
  readonly text: string
  readonly isError: boolean
  readonly action: ToastAction | undefined
}

type Show = (text: string, isError?: boolean, action?: ToastAction) => void

const ToastContext = createContext<Show>(() => undefined)
const SHOWN_MS = 6_000
/** What can be taken back stays longer. */
const ACTION_SHOWN_MS = 8_000

/** Says something shortly at the edge of the page; screen readers hear it. It may carry one thing to do, such as taking it back. */
export const useToast = (): Show => useContext(ToastContext)

export function ToastProvider({ children }: { readonly children: ReactNode }) {
  const [toasts, setToasts] = useState<readonly Toast[]>([])
  const drop = useCallback((toast: Toast) => setToasts((shown) => shown.filter((other) => other !== toast)), [])
  const show = useCallback<Show>(
    (text, isError = false, action) => {
      const toast = { id: Date.now() + Math.random(), text, isError, action }
      setToasts((shown) => [...shown.filter((other) => other.text !== text), toast])
      setTimeout(() => drop(toast), action ? ACTION_SHOWN_MS : SHOWN_MS)
    },
    [drop],
  )
  const list = (isError: boolean) =>
    toasts.filter((toast) => toast.isError === isError).map((toast) => <Shown key={toast.id} toast={toast} onDone={() => drop(toast)} />)
  return (
    <ToastContext value={show}>
      {children}
      <div className="pointer-events-none fixed inset-x-0 bottom-20 z-50 grid justify-items-center gap-2 px-4">
        <div role="alert" className="grid justify-items-center gap-2">
          {list(true)}
        </div>
        <output className="grid justify-items-center gap-2">{list(false)}</output>
      </div>
    </ToastContext>
  )
}

function Shown({ toast, onDone }: { readonly toast: Toast; readonly onDone: () => void }) {
  const { text, isError, action } = toast
  return (
    <p
      className={`flex max-w-md items-center gap-3 rounded-lg ps-4 shadow-lg ${action ? 'pe-1' : 'py-3 pe-4'} ${isError ? 'bg-danger text-ondanger' : 'bg-fg text-bg'}`}
    >
      {text}
      {action && (
        <button
          type="button"
          onClick={() => {
            onDone()
            action.run()
          }}
          className="target pointer-events-auto rounded-lg px-3 font-semibold underline outline-offset-[-4px] outline-current"
        >
          {action.label}
        </button>
      )}
    </p>
  )
}
