import { useCallback, useState } from 'react'
import type { ApiKey, Scope } from '../../../contract/user.ts'
import { useLoaded, useWorkspace } from '../../data/hooks.tsx'
import { useSpeech } from '../../i18n/language.tsx'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Choice, Choices, Field } from '../../ui/field.tsx'
import { useToast } from '../../ui/toast.tsx'
import { Form } from '../form.tsx'
import { useAction } from '../use-action.ts'
import { Card, Confirm, WhenLoaded } from './card.tsx'

/** Keys of integrators: made, shown once, revoked. */
export function Keys() {
  const { words } = useSpeech()
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
  const { words, formats } = useSpeech()
  const { client } = useWorkspace()
  const [isAsking, setAsking] = useState(false)
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
      <p className="text-muted">{[`${apiKey.prefix}…`, used, apiKey.revoked_at && words.keys.revoked].filter(Boolean).join(' · ')}</p>
      <p className="text-sm text-muted">{apiKey.scopes.map((scope) => words.scopes[scope]).join(', ')}</p>
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
  const { words } = useSpeech()
  const { client } = useWorkspace()
  const [made, setMade] = useState<string>()
  const add = useAction(async (body: { name: string; scopes: Scope[] }) => {
    const { key } = await client.call('createApiKey', { body })
    setMade(key)
    onAdded()
  })
  return (
    <Dialog title={words.keys.add} closeLabel={words.common.close} onClose={onClose}>
      {made ? (
        <MadeKey value={made} />
      ) : (
        <Form
          submitLabel={words.common.add}
          busy={add.busy}
          error={add.error}
          onSend={({ name = '' }, data) => add.run({ name, scopes: data.getAll('scopes') as Scope[] })}
        >
          <Field label={words.keys.name} name="name" maxLength={80} required error={add.fieldError('name')} />
          <Choices label={words.keys.scopes}>
            {(Object.keys(words.scopes) as Scope[]).map((scope) => (
              <Choice key={scope} label={words.scopes[scope]} name="scopes" value={scope} defaultChecked={scope === 'messages:read'} />
            ))}
          </Choices>
        </Form>
      )}
    </Dialog>
  )
}

function MadeKey({ value }: { readonly value: string }) {
  const { words } = useSpeech()
  const toast = useToast()
  const copy = async () => {
    await navigator.clipboard?.writeText(value)
    toast(words.common.copied)
  }
  return (
    <>
      <output>{words.keys.once}</output>
      <code dir="ltr" className="rounded-lg bg-surface2 p-3 break-all">
        {value}
      </code>
      <Button look="primary" className="justify-self-start" onClick={() => void copy()}>
        {words.common.copy}
      </Button>
    </>
  )
}
