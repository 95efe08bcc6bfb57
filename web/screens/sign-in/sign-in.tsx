import type { Session } from '../../data/session.ts'
import { useSpeech } from '../../i18n/language.tsx'
import { Field } from '../../ui/field.tsx'
import { Form } from '../form.tsx'
import { useAction } from '../use-action.ts'
import { Door } from './door.tsx'
import { PasswordField } from './password-field.tsx'

interface SignInProps {
  /** A session was there and has ended. */
  readonly ended: boolean
  readonly onSignIn: Session['signIn']
}

/** E-mail and password. The address stays, so after sign-in the page that was asked for is shown. */
export function SignIn({ ended, onSignIn }: SignInProps) {
  const { words } = useSpeech()
  const { run, busy, error } = useAction(onSignIn)
  return (
    <Door title={words.signIn.title}>
      {ended && <output>{words.errors.unauthenticated}</output>}
      <Form
        submitLabel={words.signIn.submit}
        busy={busy}
        error={error}
        onSend={({ email = '', password = '' }) => run({ email, password })}
      >
        <Field label={words.signIn.email} name="email" type="email" autoComplete="username" required />
        <PasswordField />
      </Form>
    </Door>
  )
}
