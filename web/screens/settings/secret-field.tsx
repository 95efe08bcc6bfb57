import { useEffect, useRef, useState } from 'react'
import { useLateSpeech } from '../../i18n/late.ts'
import { Button } from '../../ui/button.tsx'
import { Field } from '../../ui/field.tsx'

interface SecretFieldProps {
  readonly label: string
  readonly name: string
  /** One is stored; it is never shown, and stays unless another is given. */
  readonly isStored: boolean
  readonly required?: boolean
  readonly error: string | undefined
}

/** A secret can be given and replaced, and is never read back. */
export function SecretField({ label, name, isStored, required = false, error }: SecretFieldProps) {
  const { words } = useLateSpeech()
  const [isOpen, setOpen] = useState(false)
  const holder = useRef<HTMLDivElement>(null)
  useEffect(() => {
    if (isOpen) holder.current?.querySelector('input')?.focus()
  }, [isOpen])
  if (!isStored || isOpen || error) {
    const hint = isStored ? words.system.stored : undefined
    return (
      <div ref={holder}>
        <Field label={label} name={name} type="password" autoComplete="off" required={required && !isStored} hint={hint} error={error} />
      </div>
    )
  }
  return (
    <div className="grid gap-1">
      <p className="font-medium">{label}</p>
      <p className="flex flex-wrap items-center gap-3">
        <span className="text-muted">•••• {words.system.kept}</span>
        <Button aria-label={`${words.system.replace}: ${label}`} onClick={() => setOpen(true)}>
          {words.system.replace}
        </Button>
      </p>
    </div>
  )
}
