import { useCallback, useState } from 'react'
import type { Call } from '../../../contract/api.ts'
import type { Check, MatrixSystemConfig, Mode } from '../../../contract/settings.ts'
import { ApiError } from '../../data/api-error.ts'
import { useLoaded, useWorkspace } from '../../data/hooks.tsx'
import { useSpeech } from '../../i18n/language.tsx'
import { Field, Select } from '../../ui/field.tsx'
import { useToast } from '../../ui/toast.tsx'
import { Form } from '../form.tsx'
import { useAction } from '../use-action.ts'
import { WhenLoaded } from './card.tsx'

type Input = Call<'saveMatrixSystemConfig'>['body']

/** The homeserver and the bridge: saving checks everything and says what is wrong. Also the road for new conversations. */
export function System() {
  const { client } = useWorkspace()
  const config = useLoaded(useCallback((signal: AbortSignal) => findConfig(client, signal), [client]))
  const [saved, setSaved] = useState<MatrixSystemConfig>()
  return (
    <WhenLoaded of={config}>
      {(found) => {
        const shown = saved ?? (found === 'none' ? undefined : found)
        return (
          <div className="grid gap-6">
            <ConfigForm key={shown?.updated_at} config={shown} onSaved={setSaved} />
            {shown && <Checks checks={shown.checks} />}
            <ModeSelect />
          </div>
        )
      }}
    </WhenLoaded>
  )
}

async function findConfig({ call }: ReturnType<typeof useWorkspace>['client'], signal: AbortSignal): Promise<MatrixSystemConfig | 'none'> {
  try {
    return await call('getMatrixSystemConfig', { signal })
  } catch (error) {
    if (error instanceof ApiError && (error.code === 'not_found' || error.code === 'not_configured')) return 'none'
    throw error
  }
}

interface ConfigFormProps {
  readonly config: MatrixSystemConfig | undefined
  readonly onSaved: (config: MatrixSystemConfig) => void
}

function ConfigForm({ config, onSaved }: ConfigFormProps) {
  const { words } = useSpeech()
  const { client } = useWorkspace()
  const toast = useToast()
  const save = useAction(async (body: Input) => {
    onSaved(await client.call('saveMatrixSystemConfig', { body }))
    toast(words.common.saved)
  })
  const { fieldError } = save
  const stored = (has: boolean | undefined) => (has ? { hint: words.system.stored } : {})
  const secret = { type: 'password', autoComplete: 'off' } as const
  return (
    <Form submitLabel={words.system.submit} busy={save.busy} error={save.error} onSend={(values) => save.run(values as unknown as Input)}>
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
      <Field
        label={words.system.adminPassword}
        name="admin_password"
        {...secret}
        {...stored(config?.has_admin_password)}
        error={fieldError('admin_password')}
      />
      <Field
        label={words.system.bridgeSecret}
        name="bridge_admin_secret"
        {...secret}
        {...stored(config?.has_bridge_admin_secret)}
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
          <Field
            label={words.system.asToken}
            name="bridge_as_token"
            {...secret}
            {...stored(config?.has_bridge_as_token)}
            error={fieldError('bridge_as_token')}
          />
          <Select label={words.system.intake} name="intake" defaultValue={config?.intake ?? 'push_and_sync'}>
            <option value="push_and_sync">{words.system.intakes.push_and_sync}</option>
            <option value="sync">{words.system.intakes.sync}</option>
          </Select>
        </div>
      </details>
    </Form>
  )
}

const colours: Record<Check['status'], string> = { ok: 'text-brand', warning: 'text-warn', error: 'text-danger', skipped: 'text-muted' }

/** What was looked at, in the operator's own tongue: the server writes these sentences. */
function Checks({ checks }: { readonly checks: readonly Check[] }) {
  const { words } = useSpeech()
  return (
    <section aria-label={words.system.checks} className="grid gap-2">
      <h2 className="text-lg font-semibold">{words.system.checks}</h2>
      <ul className="grid gap-2">
        {checks.map(({ id, status, detail, fix }) => (
          <li key={id} className="rounded-lg border border-line bg-surface p-3">
            <p>
              <strong className={colours[status]}>{words.system.checkStatuses[status]}</strong> · <span lang="en">{detail}</span>
            </p>
            {fix && (
              <p className="text-muted" lang="en">
                {words.system.fix(fix)}
              </p>
            )}
          </li>
        ))}
      </ul>
    </section>
  )
}

function ModeSelect() {
  const { words } = useSpeech()
  const { client } = useWorkspace()
  const mode = useLoaded(useCallback((signal: AbortSignal) => client.call('getWhatsappMode', { signal }), [client]))
  const save = useAction(async (next: Mode) => {
    await client.call('setWhatsappMode', { body: { mode: next } })
    mode.reload()
  })
  return (
    <WhenLoaded of={mode}>
      {(value) => (
        <Select
          label={words.system.mode}
          value={value.mode}
          disabled={save.busy}
          error={save.error}
          onChange={(event) => save.run(event.target.value as Mode)}
        >
          {(Object.keys(words.modes) as Mode[]).map((name) => (
            <option key={name} value={name}>
              {words.modes[name]}
            </option>
          ))}
        </Select>
      )}
    </WhenLoaded>
  )
}
