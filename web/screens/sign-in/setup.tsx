import type { Session } from '../../data/session.ts'
import { useSpeech } from '../../i18n/language.tsx'
import { Field } from '../../ui/field.tsx'
import { Form } from '../form.tsx'
import { useAction } from '../use-action.ts'
import { Door } from './door.tsx'
import { PasswordField } from './password-field.tsx'

/** The first admin, made once with the code that the server printed. */
export function Setup({ onSetUp }: { readonly onSetUp: Session['setUp'] }) {
  const { words } = useSpeech()
  const { run, busy, error, fieldError } = useAction(onSetUp)
  return (
    <Door title={words.setup.title}>
      <p>{words.setup.intro}</p>
      <Form
        submitLabel={words.setup.submit}
        busy={busy}
        error={error}
        onSend={({ setup_token = '', name = '', email = '', password = '' }) => run({ setup_token, name, email, password })}
      >
        <Field label={words.setup.token} name="setup_token" autoComplete="off" required error={fieldError('setup_token')} />
        <Field label={words.setup.name} name="name" autoComplete="name" maxLength={80} required error={fieldError('name')} />
        <Field label={words.signIn.email} name="email" type="email" autoComplete="username" required error={fieldError('email')} />
        <PasswordField isNew error={fieldError('password')} />
      </Form>
    </Door>
  )
}
