import { useCallback, useState } from 'react'
import type { Call } from '../../../contract/api.ts'
import type { ChannelId } from '../../../contract/ids.ts'
import type { ApiKey, Scope } from '../../../contract/user.ts'
import { useLoaded, useStored, useWorkspace } from '../../data/hooks.tsx'
import { useLateSpeech } from '../../i18n/late.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Choice, Choices, Field, Select } from '../../ui/field.tsx'
import { Form } from '../form.tsx'
import { useAction } from '../use-action.ts'
import { ShownOnce } from './shown-once.tsx'
import { Card, Confirm, WhenLoaded } from './card.tsx'

const DAY_MS = 86_400_000

/** Keys of integrators: made, shown once, revoked. */
export function Keys() {
  const { words } = useLateSpeech()
  const { client } = useWorkspace()
  const [isAdding, setAdding] = useState(false)
  const keys = useLoaded(useCallback((signal: AbortSignal) => client.call('listApiKeys', { query: { limit: 200 }, signal }), [client]))
  return (
    <div className="grid justify-items-stretch gap-4">
      <Button look="primary" className="justify-self-start" onClick={() => setAdding(true)}>
        {words.keys.add}
      </Button>
      <WhenLoaded of={keys}>
        {({ items }) => (
          <ul className="grid gap-3">
            {items.length === 0 && <li className="text-muted">{words.keys.none}</li>}
            {items.map((key) => (
              <Key key={key.id} apiKey={key} onChanged={keys.reload} />
            ))}
          </ul>
        )}
      </WhenLoaded>
      {isAdding && <AddKey onAdded={keys.reload} onClose={() => setAdding(false)} />}
    </div>
  )
}

function Key({ apiKey, onChanged }: { readonly apiKey: ApiKey; readonly onChanged: () => void }) {
  const { words, formats } = useLateSpeech()
  const { client } = useWorkspace()
  const [isAsking, setAsking] = useState(false)
  const channels = useStored('channels', (store) => store.channels())
  const only = channels.filter(({ id }) => apiKey.channel_ids?.includes(id) === true).map(({ name, phone }) => name || phone)
  const expires = apiKey.expires_at && words.keys.until(formats.dateTime(apiKey.expires_at))
  const used = apiKey.last_used_at ? words.keys.lastUsed(formats.dateTime(apiKey.last_used_at)) : words.keys.neverUsed
  const revoke = async () => {
    await client.call('revokeApiKey', { params: { api_key_id: apiKey.id } })
    onChanged()
  }
  return (
    <Card
      title={<bdi>{apiKey.name}</bdi>}
      buttons={!apiKey.revoked_at && <Button onClick={() => setAsking(true)}>{words.keys.revoke}</Button>}
    >
      <p className="text-muted">
        {[`${apiKey.prefix}…`, used, expires, apiKey.revoked_at && words.keys.revoked].filter(Boolean).join(' · ')}
      </p>
      <p className="text-sm text-muted">{[...apiKey.scopes.map((scope) => words.scopes[scope]), ...only].join(', ')}</p>
      {isAsking && (
        <Confirm
          title={words.keys.revokeTitle(apiKey.name)}
          text={words.keys.revokeText}
          doLabel={words.keys.revoke}
          onDo={revoke}
          onClose={() => setAsking(false)}
        />
      )}
    </Card>
  )
}

function AddKey({ onAdded, onClose }: { readonly onAdded: () => void; readonly onClose: () => void }) {
  const { words } = useLateSpeech()
  const { client } = useWorkspace()
  const [made, setMade] = useState<string>()
  const channels = useStored('channels', (store) => store.channels()).filter(({ access }) => access === 'shared')
  const add = useAction(async (body: Call<'createApiKey'>['body']) => {
    const { key } = await client.call('createApiKey', { body })
    setMade(key)
    onAdded()
  })
  return (
    <Dialog title={words.keys.add} closeLabel={words.common.close} onClose={onClose}>
      {made ? (
        <ShownOnce note={words.keys.once} value={made} />
      ) : (
        <Form
          submitLabel={words.common.add}
          busy={add.busy}
          error={add.error}
          onSend={({ name = '', days }, data) => {
            const only = data.getAll('channels') as ChannelId[]
            add.run({
              name,
              scopes: data.getAll('scopes') as Scope[],
              ...(only.length > 0 ? { channel_ids: only } : {}),
              ...(days ? { expires_at: new Date(Date.now() + Number(days) * DAY_MS).toISOString() } : {}),
            })
          }}
        >
          <Field label={words.keys.name} name="name" maxLength={80} required error={add.fieldError('name')} />
          <Choices label={words.keys.scopes}>
            {(Object.keys(words.scopes) as Scope[]).map((scope) => (
              <Choice key={scope} label={words.scopes[scope]} name="scopes" value={scope} defaultChecked={scope === 'messages:read'} />
            ))}
          </Choices>
          {channels.length > 0 && (
            <Choices label={words.keys.channels}>
              {channels.map(({ id, name, phone }) => (
                <Choice key={id} label={name || phone} name="channels" value={id} />
              ))}
            </Choices>
          )}
          <Select label={words.keys.expires} name="days" defaultValue="">
            <option value="">{words.keys.never}</option>
            {[30, 90, 365].map((days) => (
              <option key={days} value={days}>
                {words.keys.days(days)}
              </option>
            ))}
          </Select>
        </Form>
      )}
    </Dialog>
  )
}
