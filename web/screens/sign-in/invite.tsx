import { useCallback, useMemo, useState } from 'react'
import { createClient } from '../../data/client.ts'
import { useLoaded } from '../../data/hooks.tsx'
import { newId } from '../../data/new-id.ts'
import { useLateSpeech } from '../../i18n/late.ts'
import { paths } from '../../router.ts'
import { Field } from '../../ui/field.tsx'
import { Spinner } from '../../ui/spinner.tsx'
import { Form } from '../form.tsx'
import { useAction, useErrorText } from '../use-action.ts'
import { Door } from './door.tsx'
import { NewPassword } from './new-password.tsx'

/** Choosing a password by a link that an admin has made. Its secret stands behind `#`, so that no server is told of it by opening the page. */
export function Invite() {
  const { words } = useLateSpeech()
  const errorText = useErrorText()
  const client = useMemo(() => createClient({ fetch: globalThis.fetch.bind(globalThis), newId }), [])
  const [token] = useState(() => location.hash.slice(1))
  const person = useLoaded(useCallback((signal: AbortSignal) => client.call('lookAtInvite', { body: { token }, signal }), [client, token]))
  const { run, busy, error, notBefore, fieldError } = useAction(async (input: { name: string; password: string }) => {
    await client.call('acceptInvite', { body: { token, ...input } })
    // Whoever was signed in here before is not any more: everything begins anew.
    location.replace(paths.inbox)
  })
  const say = (text: string) => (text === words.errors.invalid_credentials ? words.invite.ended : text)
  return (
    <Door title={words.invite.title}>
      {person.error !== undefined && <p role="alert">{say(errorText(person.error))}</p>}
      {person.error === undefined && !person.value && <Spinner label={words.common.loading} />}
      {person.value && (
        <>
          <p>{words.invite.intro(person.value.email)}</p>
          <Form
            submitLabel={words.invite.submit}
            busy={busy}
            error={error && say(error)}
            notBefore={notBefore}
            onSend={({ name = '', password = '' }) => run({ name, password })}
          >
            <Field
              label={words.setup.name}
              name="name"
              autoComplete="name"
              maxLength={80}
              defaultValue={person.value.name}
              required
              error={fieldError('name')}
            />
            {/* A manager of passwords keeps it under this. */}
            <input type="hidden" name="email" autoComplete="username" value={person.value.email} readOnly />
            <NewPassword error={fieldError('password')} />
          </Form>
        </>
      )}
    </Door>
  )
}
