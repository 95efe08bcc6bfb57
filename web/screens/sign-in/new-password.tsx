import { useState } from 'react'
import { useSpeech } from '../../i18n/language.tsx'
import { PasswordField } from './password-field.tsx'
import { ratePassword } from './password-rating.ts'

/** A password that is being chosen, with how good it is in words. */
export function NewPassword({ error }: { readonly error: string | undefined }) {
  const { words } = useSpeech()
  const [password, setPassword] = useState('')
  const rating = password === '' ? undefined : ratePassword(password)
  return (
    <>
      <PasswordField isNew error={error} onText={setPassword} />
      {rating && (
        <output className={`text-sm ${rating === 'enough' || rating === 'good' ? 'text-brand' : 'text-warn'}`}>
          {words.setup.ratings[rating]}
        </output>
      )}
    </>
  )
}
