import type { Session } from '../../data/session.ts'
import { useSpeech } from '../../i18n/language.tsx'
import { paths } from '../../router.ts'
import { Field } from '../../ui/field.tsx'
import { Form } from '../form.tsx'
import { useAction } from '../use-action.ts'
import { Door } from './door.tsx'
import { NewPassword } from './new-password.tsx'

/** The first admin, made once with the code that the server printed; the other steps come when they are signed in. */
export function Setup({ onSetUp }: { readonly onSetUp: Session['setUp'] }) {
  const { words } = useSpeech()
  const { run, busy, error, notBefore, fieldError } = useAction(onSetUp)
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
        onSend={({ setup_token = '', name = '', email = '', password = '' }) => {
          // Where they are when they are in.
          history.replaceState(null, '', paths.setup)
          run({ setup_token, name, email, password })
        }}
      >
        <Field label={words.setup.token} hint={words.setup.tokenHint} name="setup_token" autoComplete="off" required error={wrongToken} />
        <Field label={words.setup.name} name="name" autoComplete="name" maxLength={80} required error={fieldError('name')} />
        <Field label={words.signIn.email} name="email" type="email" autoComplete="username" required error={fieldError('email')} />
        <NewPassword error={fieldError('password')} />
      </Form>
    </Door>
  )
}
