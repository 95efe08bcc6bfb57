import { type FormHTMLAttributes, type ReactNode, useEffect, useRef } from 'react'
import { Button } from '../ui/button.tsx'
import { Countdown } from './countdown.tsx'

interface FormProps extends Omit<FormHTMLAttributes<HTMLFormElement>, 'onSubmit'> {
  readonly submitLabel: string
  readonly busy: boolean
  readonly error: string | undefined
  /** When it may be sent again, in milliseconds since the epoch. */
  readonly notBefore?: number | undefined
  /** The trimmed values of the filled fields by name. */
  readonly onSend: (values: Readonly<Record<string, string>>, data: FormData) => void
  readonly children: ReactNode
  /** More buttons beside the one that sends. */
  readonly buttons?: ReactNode
}

/** A native form: the browser checks what it can, the server the rest, and its refusal stands above the button, with the focus on the first field that is wrong. */
export function Form({ submitLabel, busy, error, notBefore, onSend, children, buttons, className = '', ...rest }: FormProps) {
  const form = useRef<HTMLFormElement>(null)
  // What the server found wrong is where one goes on.
  useEffect(() => {
    if (!busy) form.current?.querySelector<HTMLElement>('[aria-invalid]')?.focus()
  }, [busy])
  return (
    <form
      ref={form}
      className={`grid gap-4 ${className}`}
      onSubmit={(event) => {
        event.preventDefault()
        // With the button that was pressed, where it has a name.
        const data = new FormData(event.currentTarget, (event.nativeEvent as SubmitEvent).submitter)
        onSend(filledValues(data), data)
      }}
      {...rest}
    >
      {children}
      {error && (
        <p role="alert" className="text-danger">
          {error}
        </p>
      )}
      {error && notBefore !== undefined && <Countdown until={notBefore} />}
      <div className="flex flex-wrap gap-2">
        <Button type="submit" look="primary" busy={busy}>
          {submitLabel}
        </Button>
        {buttons}
      </div>
    </form>
  )
}

/** Passwords are taken as they are, other texts without the spaces around; what is empty is left out. */
function filledValues(data: FormData): Record<string, string> {
  const values: Record<string, string> = {}
  for (const [name, value] of data) {
    const text = typeof value !== 'string' ? '' : name.includes('password') ? value : value.trim()
    if (text !== '') values[name] = text
  }
  return values
}
