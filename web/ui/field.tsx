import { type InputHTMLAttributes, type ReactNode, type SelectHTMLAttributes, type TextareaHTMLAttributes, useId } from 'react'

const control = 'target w-full rounded-lg border border-control bg-surface px-3 text-fg placeholder:text-muted aria-invalid:border-danger'

interface Around {
  readonly label: string
  readonly hint?: string | undefined
  /** What is wrong with the value; told when the field is focused. */
  readonly error?: string | undefined
}

/** The ids under which a field's hint and error stand, for `aria-describedby`. */
function described(id: string, { hint, error }: Around): string | undefined {
  const ids = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean)
  return ids.length > 0 ? ids.join(' ') : undefined
}

function Framed({ id, label, hint, error, children }: Around & { readonly id: string; readonly children: ReactNode }) {
  return (
    <div className="grid gap-1">
      <label htmlFor={id} className="font-medium">
        {label}
      </label>
      {children}
      {hint && (
        <p id={`${id}-hint`} className="text-sm text-muted">
          {hint}
        </p>
      )}
      {error && (
        <p id={`${id}-error`} className="text-sm text-danger">
          {error}
        </p>
      )}
    </div>
  )
}

/** A labelled input with a hint and its own error. */
export function Field({ label, hint, error, ...rest }: Around & InputHTMLAttributes<HTMLInputElement>) {
  const id = useId()
  return (
    <Framed {...{ id, label, hint, error }}>
      <input
        id={id}
        className={control}
        aria-invalid={error ? true : undefined}
        aria-describedby={described(id, { label, hint, error })}
        {...rest}
      />
    </Framed>
  )
}

/** A labelled input of several lines. */
export function TextArea({ label, hint, error, ...rest }: Around & TextareaHTMLAttributes<HTMLTextAreaElement>) {
  const id = useId()
  return (
    <Framed {...{ id, label, hint, error }}>
      <textarea
        id={id}
        className={`${control} py-2`}
        aria-invalid={error ? true : undefined}
        aria-describedby={described(id, { label, hint, error })}
        {...rest}
      />
    </Framed>
  )
}

/** A labelled choice of one from a list. */
export function Select({ label, hint, error, children, ...rest }: Around & SelectHTMLAttributes<HTMLSelectElement>) {
  const id = useId()
  return (
    <Framed {...{ id, label, hint, error }}>
      <select id={id} className={control} aria-describedby={described(id, { label, hint, error })} {...rest}>
        {children}
      </select>
    </Framed>
  )
}

/** A tick box or a choice of one among others, with its label beside it. */
export function Choice({ label, type = 'checkbox', ...rest }: { readonly label: string } & InputHTMLAttributes<HTMLInputElement>) {
  return (
    <label className="target inline-flex items-center gap-2">
      <input type={type} className="size-5 shrink-0 accent-brand" {...rest} />
      {label}
    </label>
  )
}

/** Choices that belong together, under one heading. */
export function Choices({ label, hint, children }: { readonly label: string; readonly hint?: string; readonly children: ReactNode }) {
  return (
    <fieldset className="grid gap-1">
      <legend className="mb-1 font-medium">{label}</legend>
      <div className="flex flex-wrap gap-x-6">{children}</div>
      {hint && <p className="text-sm text-muted">{hint}</p>}
    </fieldset>
  )
}
