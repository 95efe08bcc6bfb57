import { useState } from 'react'
import type { Session } from '../../data/session.ts'
import { useSpeech } from '../../i18n/language.tsx'
import { paths } from '../../router.ts'
import { Field } from '../../ui/field.tsx'
import { Form } from '../form.tsx'
import { useAction } from '../use-action.ts'
import { Door } from './door.tsx'
import { PasswordField } from './password-field.tsx'
import { ratePassword } from './password-rating.ts'

/** The first admin, made once with the code that the server printed; the other steps come when they are signed in. */
export function Setup({ onSetUp }: { readonly onSetUp: Session['setUp'] }) {
  const { words } = useSpeech()
  const { run, busy, error, notBefore, fieldError } = useAction(onSetUp)
  const [password, setPassword] = useState('')
  const rating = password === '' ? undefined : ratePassword(password)
  const wrongToken = error === words.errors.invalid_credentials ? words.setup.wrongToken : fieldError('setup_token')
  return (
    <Door title={words.setup.title}>
      <p className="text-muted">{words.setup.step(1)}</p>
      <p>{words.setup.intro}</p>
      <Form
        submitLabel={words.setup.next}
        busy={busy}
        error={wrongToken ? undefined : error}
        notBefore={notBefore}
        onInput={({ target }) => {
          if (target instanceof HTMLInputElement && target.name === 'password') setPassword(target.value)
        }}
        onSend={({ setup_token = '', name = '', email = '', password: chosen = '' }) => {
          // Where they are when they are in.
          history.replaceState(null, '', paths.setup)
          run({ setup_token, name, email, password: chosen })
        }}
      >
        <Field label={words.setup.token} hint={words.setup.tokenHint} name="setup_token" autoComplete="off" required error={wrongToken} />
        <Field label={words.setup.name} name="name" autoComplete="name" maxLength={80} required error={fieldError('name')} />
        <Field label={words.signIn.email} name="email" type="email" autoComplete="username" required error={fieldError('email')} />
        <PasswordField isNew error={fieldError('password')} />
        {rating && (
          <output className={`text-sm ${rating === 'enough' || rating === 'good' ? 'text-brand' : 'text-warn'}`}>
            {words.setup.ratings[rating]}
          </output>
        )}
      </Form>
    </Door>
  )
}
