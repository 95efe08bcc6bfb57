import { useCallback, useState } from 'react'
import type { Call } from '../../../contract/api.ts'
import type { WhatsappConfig } from '../../../contract/settings.ts'
import { useLoaded, useWorkspace } from '../../data/hooks.tsx'
import { useLateSpeech } from '../../i18n/late.ts'
import { Button } from '../../ui/button.tsx'
import { Field } from '../../ui/field.tsx'
import { useToast } from '../../ui/toast.tsx'
import { WhenLoaded } from './card.tsx'
import { Checks } from './checks.tsx'
import { ConfigForm } from './config-form.tsx'
import { findSaved } from './saved-config.ts'
import { SecretField } from './secret-field.tsx'

type Input = Call<'saveWhatsappConfig'>['body']

/** The business account at Meta: saving tries it out and makes its numbers ours; what Meta asks for is there to copy. */
export function Cloud() {
  const { client } = useWorkspace()
  const config = useLoaded(useCallback((signal: AbortSignal) => findSaved(client.call('getWhatsappConfig', { signal })), [client]))
  const [saved, setSaved] = useState<WhatsappConfig>()
  const checkAgain = async ({ business_account_id, graph_version }: WhatsappConfig) =>
    setSaved(await client.call('saveWhatsappConfig', { body: { business_account_id, graph_version } }))
  return (
    <WhenLoaded of={config}>
      {(found) => {
        const shown = saved ?? (found === 'none' ? undefined : found)
        return (
          <div className="grid gap-6">
            <ConfigForm
              key={shown?.updated_at}
              save={(body: Input) => client.call('saveWhatsappConfig', { body })}
              tryOut={(body) => client.call('tryWhatsappConfig', { body })}
              onSaved={setSaved}
            >
              {(fieldError) => <Fields config={shown} fieldError={fieldError} />}
            </ConfigForm>
            {shown && (
              <>
                <Webhook config={shown} />
                <OurNumbers numbers={shown.numbers} />
                <Checks checks={shown.checks} at={shown.updated_at} onAgain={() => checkAgain(shown)} />
              </>
            )}
          </div>
        )
      }}
    </WhenLoaded>
  )
}

interface FieldsProps {
  readonly config: WhatsappConfig | undefined
  readonly fieldError: (name: string) => string | undefined
}

function Fields({ config, fieldError }: FieldsProps) {
  const { words } = useLateSpeech()
  return (
    <>
      <p className="text-muted">{words.cloud.intro}</p>
      <Field
        label={words.cloud.account}
        name="business_account_id"
        required
        inputMode="numeric"
        placeholder="102290129340398"
        defaultValue={config?.business_account_id}
        error={fieldError('business_account_id')}
      />
      <SecretField
        label={words.cloud.accessToken}
        name="access_token"
        isStored={config?.has_access_token === true}
        required
        error={fieldError('access_token')}
      />
      <SecretField
        label={words.cloud.appSecret}
        name="app_secret"
        isStored={config?.has_app_secret === true}
        required
        error={fieldError('app_secret')}
      />
      <details>
        <summary className="target inline-flex cursor-pointer items-center text-brand">{words.system.more}</summary>
        <div className="grid gap-4 pt-2">
          <Field
            label={words.cloud.verifyToken}
            name="verify_token"
            hint={words.cloud.verifyTokenHint}
            defaultValue={config?.verify_token}
            error={fieldError('verify_token')}
          />
          <Field
            label={words.cloud.version}
            name="graph_version"
            placeholder="v25.0"
            defaultValue={config?.graph_version}
            error={fieldError('graph_version')}
          />
        </div>
      </details>
    </>
  )
}

/** What is entered at Meta for it to call us, and whether it has. */
function Webhook({ config }: { readonly config: WhatsappConfig }) {
  const { words, formats } = useLateSpeech()
  const { callback_url, verify_token, last_delivery_at, token_expires_at } = config
  return (
    <section aria-label={words.cloud.webhook} className="grid gap-3">
      <h2 className="text-lg font-semibold">{words.cloud.webhook}</h2>
      <p className="text-muted">{words.cloud.webhookHow}</p>
      <Copied label={words.cloud.callback} value={callback_url} />
      <Copied label={words.cloud.verifyToken} value={verify_token} />
      <p className={last_delivery_at ? 'text-brand' : 'text-warn'}>
        {last_delivery_at ? words.cloud.lastDelivery(formats.dateTime(last_delivery_at)) : words.cloud.noDelivery}
      </p>
      {token_expires_at && <p className="text-warn">{words.cloud.tokenEnds(formats.dateTime(token_expires_at))}</p>}
    </section>
  )
}

function Copied({ label, value }: { readonly label: string; readonly value: string }) {
  const { words } = useLateSpeech()
  const toast = useToast()
  const copy = async () => {
    await navigator.clipboard?.writeText(value)
    toast(words.common.copied)
  }
  return (
    <div className="grid gap-1">
      <p className="font-medium">{label}</p>
      <div className="flex flex-wrap items-center gap-2">
        <code dir="ltr" className="min-w-0 flex-1 rounded-lg bg-surface2 p-3 break-all">
          {value}
        </code>
        <Button aria-label={`${words.common.copy}: ${label}`} onClick={() => void copy()}>
          {words.common.copy}
        </Button>
      </div>
    </div>
  )
}

function OurNumbers({ numbers }: { readonly numbers: WhatsappConfig['numbers'] }) {
  const { words } = useLateSpeech()
  return (
    <section aria-label={words.settings.numbers} className="grid gap-2">
      <h2 className="text-lg font-semibold">{words.settings.numbers}</h2>
      {numbers.length === 0 && <p className="text-muted">{words.cloud.noNumbers}</p>}
      <ul className="grid gap-1">
        {numbers.map(({ id, phone, name }) => (
          <li key={id}>
            <bdi>{phone}</bdi> <span className="text-muted">{name}</span>
          </li>
        ))}
      </ul>
    </section>
  )
}
