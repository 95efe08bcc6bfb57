import { useState } from 'react'
import { Link } from 'wouter'
import { useWorkspace } from '../../data/hooks.tsx'
import { useLateSpeech } from '../../i18n/late.ts'
import { paths } from '../../router.ts'
import { Choice, Choices, Field } from '../../ui/field.tsx'
import { Form } from '../form.tsx'
import type { ConnectInput } from './connect-input.ts'

interface ConnectFormProps {
  readonly input: ConnectInput
  readonly error: string | undefined
  readonly onNext: (input: ConnectInput) => void
}

/** What the number is called, whose it is, and how it is linked. Only an admin links a number for the team. */
export function ConnectForm({ input, error, onNext }: ConnectFormProps) {
  const { words } = useLateSpeech()
  const { user } = useWorkspace()
  const [method, setMethod] = useState(input.method ?? 'qr')
  const [access, setAccess] = useState(input.access ?? 'personal')
  return (
    <Form
      submitLabel={words.connect.start}
      busy={false}
      error={error}
      onSend={({ name, phone_number = '' }) =>
        onNext({
          method,
          access,
          ...(name ? { name } : {}),
          ...(method === 'phone' ? { phone_number: `+${phone_number.replaceAll(/\D/g, '')}` } : {}),
        })
      }
    >
      <p>{words.connect.intro}</p>
      <Choices label={words.connect.method}>
        <Choice type="radio" name="method" label={words.connect.byQr} checked={method === 'qr'} onChange={() => setMethod('qr')} />
        <Choice type="radio" name="method" label={words.connect.byCode} checked={method === 'phone'} onChange={() => setMethod('phone')} />
      </Choices>
      {method === 'phone' && (
        <Field
          label={words.connect.phone}
          hint={words.connect.phoneHint}
          name="phone_number"
          type="tel"
          autoComplete="tel"
          defaultValue={input.phone_number}
          pattern="\+?[\d\s\(\)\-]{7,24}"
          title={words.loginErrors.phone_format}
          dir="ltr"
          required
        />
      )}
      <Field label={words.connect.name} hint={words.connect.nameHint} name="name" maxLength={80} defaultValue={input.name} />
      {user.role === 'admin' && (
        <Choices label={words.connect.access}>
          <Choice
            type="radio"
            name="access"
            label={words.connect.personal}
            checked={access === 'personal'}
            onChange={() => setAccess('personal')}
          />
          <Choice
            type="radio"
            name="access"
            label={words.connect.shared}
            checked={access === 'shared'}
            onChange={() => setAccess('shared')}
          />
        </Choices>
      )}
      <p className="text-sm text-muted">{words.connect.offline}</p>
      <p>
        <Link to={paths.settingsSection('account')} className="target inline-flex items-center text-brand underline">
          {words.connect.haveAccount}
        </Link>
      </p>
    </Form>
  )
}
