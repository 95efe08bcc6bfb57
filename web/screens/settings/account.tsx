import { useCallback, useEffect } from 'react'
import type { Call } from '../../../contract/api.ts'
import type { MatrixAccount } from '../../../contract/matrix-account.ts'
import { useLoaded, useStored, useWorkspace } from '../../data/hooks.tsx'
import { useLateSpeech } from '../../i18n/late.ts'
import { Button } from '../../ui/button.tsx'
import { Field } from '../../ui/field.tsx'
import { useToast } from '../../ui/toast.tsx'
import { numberTitle } from '../number-title.ts'
import { useAction } from '../use-action.ts'
import { WhenLoaded } from './card.tsx'
import { KeptForm } from './kept-form.tsx'
import { findSaved } from './saved-config.ts'

type Input = Call<'saveMatrixAccount'>['body']

/** A Matrix account that is there already, with a phone linked to it: its token makes its chats this person's. */
export function Account() {
  const { client } = useWorkspace()
  const account = useLoaded(useCallback((signal: AbortSignal) => findSaved(client.call('getMatrixAccount', { signal })), [client]))
  const { reload } = account
  const channels = useStored('channels', (store) => store.channels()).length
  // Its numbers come when its chats have been read.
  useEffect(reload, [reload, channels])
  return (
    <WhenLoaded of={account}>
      {(found) => {
        const shown = found === 'none' ? undefined : found
        return (
          <div className="grid gap-6">
            {shown && <State account={shown} />}
            <AccountForm key={shown?.updated_at} account={shown} onSaved={reload} />
          </div>
        )
      }}
    </WhenLoaded>
  )
}

/** Whether the token still works, which numbers it has brought, and bringing them up to date by hand. */
function State({ account: { status, user_id, channel_ids } }: { readonly account: MatrixAccount }) {
  const { words } = useLateSpeech()
  const { client } = useWorkspace()
  const toast = useToast()
  const channels = useStored('channels', (store) => store.channels()).filter(({ id }) => channel_ids.includes(id))
  const sync = useAction(async () => {
    const { messages, complete } = await client.call('syncMatrix')
    toast(complete ? words.account.synced(messages) : words.account.syncing)
  })
  return (
    <section aria-label={words.account.state} className="grid justify-items-start gap-2 rounded-xl border border-line bg-surface p-4">
      <p role={status === 'refused' ? 'alert' : undefined} className={status === 'working' ? 'text-brand' : 'text-danger'}>
        {words.account.statuses[status]}
      </p>
      <p dir="ltr" className="break-all text-muted">
        {user_id}
      </p>
      <p>
        {channels.length === 0 ? (
          words.account.noNumbers
        ) : (
          <bdi>
            {words.settings.numbers}: {channels.map(numberTitle).join(', ')}
          </bdi>
        )}
      </p>
      <Button busy={sync.busy} onClick={() => sync.run()}>
        {words.account.sync}
      </Button>
      {sync.error && (
        <p role="alert" className="text-danger">
          {sync.error}
        </p>
      )}
    </section>
  )
}

interface AccountFormProps {
  readonly account: MatrixAccount | undefined
  readonly onSaved: () => void
}

function AccountForm({ account, onSaved }: AccountFormProps) {
  const { words } = useLateSpeech()
  const { client, reads } = useWorkspace()
  const toast = useToast()
  const save = useAction(async (body: Input) => {
    await client.call('saveMatrixAccount', { body })
    onSaved()
    toast(words.common.saved)
    await reads.channels()
  })
  const { fieldError } = save
  return (
    <KeptForm
      submitLabel={words.system.submit}
      busy={save.busy}
      error={save.error}
      onSend={(values) => save.run(values as unknown as Input)}
    >
      <p className="text-muted">{words.account.intro}</p>
      <Field
        label={words.system.homeserverUrl}
        name="homeserver_url"
        type="url"
        required
        placeholder="https://matrix.example.com"
        defaultValue={account?.homeserver_url}
        error={fieldError('homeserver_url') && words.account.wrongServer}
      />
      {/* One token belongs to one account, so each save brings it. */}
      <Field
        label={words.account.token}
        hint={words.account.tokenHow}
        name="access_token"
        type="password"
        autoComplete="off"
        required
        error={fieldError('access_token') && words.account.wrongToken}
      />
      <Field
        label={words.account.userId}
        hint={words.account.optional}
        name="user_id"
        dir="ltr"
        placeholder="@name:example.com"
        pattern="@[^:]+:.+"
        error={fieldError('user_id') && words.account.wrongUser}
      />
      <Field
        label={words.account.deviceId}
        hint={words.account.optional}
        name="device_id"
        dir="ltr"
        error={fieldError('device_id') && words.account.wrongDevice}
      />
    </KeptForm>
  )
}
