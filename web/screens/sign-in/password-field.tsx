import { useState } from 'react'
import { useSpeech } from '../../i18n/language.tsx'
import { Choice, Field } from '../../ui/field.tsx'

interface PasswordFieldProps {
  readonly isNew?: boolean
  readonly error?: string | undefined
  readonly onText?: (text: string) => void
}

/** A password that may be pasted, filled in by a manager and looked at. */
export function PasswordField({ isNew = false, error, onText }: PasswordFieldProps) {
  const { words } = useSpeech()
  const [isShown, setShown] = useState(false)
  return (
    <div className="grid">
      <Field
        label={words.signIn.password}
        name="password"
        type={isShown ? 'text' : 'password'}
        autoComplete={isNew ? 'new-password' : 'current-password'}
        required
        error={error}
        onChange={(event) => onText?.(event.target.value)}
        {...(isNew ? { minLength: 12, hint: words.setup.passwordHint } : {})}
      />
      <Choice label={words.signIn.show} checked={isShown} onChange={(event) => setShown(event.target.checked)} />
    </div>
  )
}
