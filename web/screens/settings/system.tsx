import { useCallback, useState } from 'react'
import type { Call } from '../../../contract/api.ts'
import type { MatrixSystemConfig } from '../../../contract/settings.ts'
import { useLoaded, useWorkspace } from '../../data/hooks.tsx'
import { useLateSpeech } from '../../i18n/late.ts'
import { Field, Select } from '../../ui/field.tsx'
import { WhenLoaded } from './card.tsx'
import { Checks } from './checks.tsx'
import { ConfigForm } from './config-form.tsx'
import { findSaved } from './saved-config.ts'
import { SecretField } from './secret-field.tsx'

type Input = Call<'saveMatrixSystemConfig'>['body']

/** The homeserver and the bridge: saving checks everything and says what is wrong. */
export function System() {
  const { client } = useWorkspace()
  const config = useLoaded(useCallback((signal: AbortSignal) => findSaved(client.call('getMatrixSystemConfig', { signal })), [client]))
  const [saved, setSaved] = useState<MatrixSystemConfig>()
  const checkAgain = async ({ homeserver_url, server_name, admin_login, bridge_url, bridge_bot_user_id, intake }: MatrixSystemConfig) => {
    const body = { homeserver_url, server_name, admin_login, bridge_bot_user_id, intake, ...(bridge_url ? { bridge_url } : {}) }
    setSaved(await client.call('saveMatrixSystemConfig', { body }))
  }
  return (
    <WhenLoaded of={config}>
      {(found) => {
        const shown = saved ?? (found === 'none' ? undefined : found)
        return (
          <div className="grid gap-6">
            <ConfigForm
              key={shown?.updated_at}
              save={(body: Input) => client.call('saveMatrixSystemConfig', { body })}
              tryOut={(body) => client.call('tryMatrixSystemConfig', { body })}
              onSaved={setSaved}
            >
              {(fieldError) => <Fields config={shown} fieldError={fieldError} />}
            </ConfigForm>
            {shown && <Checks checks={shown.checks} at={shown.updated_at} onAgain={() => checkAgain(shown)} />}
          </div>
        )
      }}
    </WhenLoaded>
  )
}

interface FieldsProps {
  readonly config: MatrixSystemConfig | undefined
  readonly fieldError: (name: string) => string | undefined
}

function Fields({ config, fieldError }: FieldsProps) {
  const { words } = useLateSpeech()
  return (
    <>
      <p className="text-muted">{words.system.intro}</p>
      <Field
        label={words.system.homeserverUrl}
        name="homeserver_url"
        type="url"
        required
        placeholder="https://matrix.example.com"
        defaultValue={config?.homeserver_url}
        error={fieldError('homeserver_url')}
      />
      <Field
        label={words.system.serverName}
        name="server_name"
        required
        placeholder="example.com"
        defaultValue={config?.server_name}
        error={fieldError('server_name')}
      />
      <Field
        label={words.system.adminLogin}
        name="admin_login"
        required
        autoComplete="off"
        defaultValue={config?.admin_login}
        error={fieldError('admin_login')}
      />
      <SecretField
        label={words.system.adminPassword}
        name="admin_password"
        isStored={config?.has_admin_password === true}
        error={fieldError('admin_password')}
      />
      <SecretField
        label={words.system.bridgeSecret}
        name="bridge_admin_secret"
        isStored={config?.has_bridge_admin_secret === true}
        error={fieldError('bridge_admin_secret')}
      />
      <details>
        <summary className="target inline-flex cursor-pointer items-center text-brand">{words.system.more}</summary>
        <div className="grid gap-4 pt-2">
          <Field
            label={words.system.bridgeUrl}
            name="bridge_url"
            type="url"
            defaultValue={config?.bridge_url}
            error={fieldError('bridge_url')}
          />
          <Field
            label={words.system.bridgeBot}
            name="bridge_bot_user_id"
            placeholder="@whatsappbot:example.com"
            defaultValue={config?.bridge_bot_user_id}
            error={fieldError('bridge_bot_user_id')}
          />
          <SecretField
            label={words.system.asToken}
            name="bridge_as_token"
            isStored={config?.has_bridge_as_token === true}
            error={fieldError('bridge_as_token')}
          />
          <Select label={words.system.intake} name="intake" defaultValue={config?.intake ?? 'push_and_sync'}>
            <option value="push_and_sync">{words.system.intakes.push_and_sync}</option>
            <option value="sync">{words.system.intakes.sync}</option>
          </Select>
        </div>
      </details>
    </>
  )
}
