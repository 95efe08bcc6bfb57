import { useState } from 'react'
import { useSpeech } from '../../i18n/language.tsx'
import { Choice, Field } from '../../ui/field.tsx'

interface PasswordFieldProps {
  readonly isNew?: boolean
  readonly error?: string | undefined
}

/** A password that may be pasted, filled in by a manager and looked at. */
export function PasswordField({ isNew = false, error }: PasswordFieldProps) {
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
        {...(isNew ? { minLength: 12, hint: words.setup.passwordHint } : {})}
      />
      <Choice label={words.signIn.show} checked={isShown} onChange={(event) => setShown(event.target.checked)} />
    </div>
  )
}
