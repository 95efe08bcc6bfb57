import type { ComponentProps, ReactNode } from 'react'
import { Spinner } from './spinner.tsx'

type Look = 'primary' | 'plain' | 'danger' | 'quiet'

const looks: Record<Look, string> = {
  primary: 'bg-brand text-onbrand font-medium',
  plain: 'border border-control bg-surface text-fg',
  danger: 'bg-danger text-ondanger font-medium',
  quiet: 'text-brand font-medium hover:bg-surface2',
}

interface ButtonProps extends ComponentProps<'button'> {
  readonly look?: Look
  /** Work goes on: the button cannot be pressed again, and shows it. */
  readonly busy?: boolean
}

/** A button with words. It is no submit button unless told so. */
export function Button({ look = 'plain', busy = false, disabled, className = '', children, ...rest }: ButtonProps) {
  return (
    <button
      type="button"
      disabled={disabled || busy}
      aria-busy={busy || undefined}
      className={`target inline-flex items-center justify-center gap-2 rounded-lg px-4 disabled:opacity-60 ${looks[look]} ${className}`}
      {...rest}
    >
      {busy && <Spinner />}
      {children}
    </button>
  )
}

interface IconButtonProps extends ComponentProps<'button'> {
  /** What it does, for those who cannot see the icon. */
  readonly label: string
  readonly children: ReactNode
}

/** A button with an icon alone. */
export function IconButton({ label, className = '', ...rest }: IconButtonProps) {
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      className={`target inline-flex shrink-0 items-center justify-center rounded-lg text-muted hover:bg-surface2 disabled:opacity-50 ${className}`}
      {...rest}
    />
  )
}
