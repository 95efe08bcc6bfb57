import { useLayoutEffect, useRef } from 'react'
import type { Session } from '../../data/session.ts'
import { useSpeech } from '../../i18n/language.tsx'
import { Choice, Field } from '../../ui/field.tsx'
import { Form } from '../form.tsx'
import { useAction } from '../use-action.ts'
import { Door } from './door.tsx'
import { PasswordField } from './password-field.tsx'

interface SignInProps {
  readonly onSignIn: Session['signIn']
}

/** E-mail and password. The address stays, so after sign-in the page that was asked for is shown. */
export function SignIn({ onSignIn }: SignInProps) {
  const { words } = useSpeech()
  return (
    <Door title={words.signIn.title}>
      <SignInForm onSignIn={onSignIn} />
    </Door>
  )
}

/** The session ended while the page was open: it stays under this, and goes on where it was. What it shows is blurred meanwhile. */
export function SignInAgain({ onSignIn, email }: SignInProps & { readonly email: string }) {
  const { words } = useSpeech()
  const dialog = useRef<HTMLDialogElement>(null)
  useLayoutEffect(() => {
    const element = dialog.current
    element?.showModal()
    return () => element?.close()
  }, [])
  return (
    <dialog
      ref={dialog}
      aria-labelledby="sign-in-again"
      onCancel={(event) => event.preventDefault()}
      className="m-auto w-[min(400px,92vw)] rounded-xl bg-surface p-6 text-fg backdrop:backdrop-blur-xl"
    >
      <div className="grid gap-5">
        <h2 id="sign-in-again" className="text-xl font-semibold">
          {words.session.title}
        </h2>
        <output>{words.session.ended}</output>
        <SignInForm onSignIn={onSignIn} email={email} />
      </div>
    </dialog>
  )
}

function SignInForm({ onSignIn, email: known }: SignInProps & { readonly email?: string }) {
  const { words } = useSpeech()
  const { run, busy, error, notBefore } = useAction(onSignIn)
  return (
    <Form
      submitLabel={words.signIn.submit}
      busy={busy}
      error={error}
      notBefore={notBefore}
      onSend={({ email = '', password = '', remember }) => run({ email, password, remember: remember === 'yes' })}
    >
      <Field label={words.signIn.email} name="email" type="email" autoComplete="username" defaultValue={known} required />
      <PasswordField />
      <Choice label={words.signIn.remember} name="remember" value="yes" defaultChecked />
    </Form>
  )
}
