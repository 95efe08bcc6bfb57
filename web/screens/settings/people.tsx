import { useCallback, useState } from 'react'
import type { Role, User } from '../../../contract/user.ts'
import { useLoaded, useWorkspace } from '../../data/hooks.tsx'
import { useSpeech } from '../../i18n/language.tsx'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Field, Select } from '../../ui/field.tsx'
import { Form } from '../form.tsx'
import { useAction } from '../use-action.ts'
import { Card, Confirm, WhenLoaded } from './card.tsx'

/** Who works here: adding people, and switching them off and on. */
export function People() {
  const { words } = useSpeech()
  const { client } = useWorkspace()
  const [isAdding, setAdding] = useState(false)
  const users = useLoaded(useCallback((signal: AbortSignal) => client.call('listUsers', { query: { limit: 200 }, signal }), [client]))
  return (
    <div className="grid justify-items-stretch gap-4">
      <Button look="primary" className="justify-self-start" onClick={() => setAdding(true)}>
        {words.people.add}
      </Button>
      <WhenLoaded of={users}>
        {({ items }) => (
          <ul className="grid gap-3">
            {items.map((person) => (
              <Person key={person.id} person={person} onChanged={users.reload} />
            ))}
          </ul>
        )}
      </WhenLoaded>
      {isAdding && <AddPerson onAdded={users.reload} onClose={() => setAdding(false)} />}
    </div>
  )
}

function Person({ person, onChanged }: { readonly person: User; readonly onChanged: () => void }) {
  const { words } = useSpeech()
  const { client, user } = useWorkspace()
  const [isAsking, setAsking] = useState(false)
  const setActive = async (active: boolean) => {
    await client.call('updateUser', { params: { user_id: person.id }, body: { active } })
    onChanged()
  }
  const activate = useAction(() => setActive(true))
  return (
    <Card
      title={<bdi>{person.name}</bdi>}
      buttons={
        person.id !== user.id &&
        (person.active ? (
          <Button onClick={() => setAsking(true)}>{words.people.deactivate}</Button>
        ) : (
          <Button busy={activate.busy} onClick={() => activate.run()}>
            {words.people.activate}
          </Button>
        ))
      }
    >
      <p className="text-muted">
        {[person.email, words.roles[person.role], !person.active && words.people.inactive].filter(Boolean).join(' · ')}
      </p>
      {activate.error && <p role="alert">{activate.error}</p>}
      {isAsking && (
        <Confirm
          title={words.people.deactivateTitle(person.name)}
          text={words.people.deactivateText}
          doLabel={words.people.deactivate}
          onDo={() => setActive(false)}
          onClose={() => setAsking(false)}
        />
      )}
    </Card>
  )
}

function AddPerson({ onAdded, onClose }: { readonly onAdded: () => void; readonly onClose: () => void }) {
  const { words } = useSpeech()
  const { client } = useWorkspace()
  const add = useAction(async (body: { name: string; email: string; password: string; role: Role }) => {
    await client.call('createUser', { body })
    onAdded()
    onClose()
  })
  return (
    <Dialog title={words.people.add} closeLabel={words.common.close} onClose={onClose}>
      <Form
        submitLabel={words.common.add}
        busy={add.busy}
        error={add.error}
        onSend={({ name = '', email = '', password = '', role }) =>
          add.run({ name, email, password, role: role === 'admin' ? 'admin' : 'agent' })
        }
      >
        <Field label={words.people.name} name="name" maxLength={80} required error={add.fieldError('name')} />
        <Field label={words.people.email} name="email" type="email" autoComplete="off" required error={add.fieldError('email')} />
        <Field
          label={words.people.password}
          hint={words.setup.passwordHint}
          name="password"
          type="password"
          autoComplete="new-password"
          minLength={12}
          required
          error={add.fieldError('password')}
        />
        <Select label={words.people.role} name="role" defaultValue="agent">
          <option value="agent">{words.roles.agent}</option>
          <option value="admin">{words.roles.admin}</option>
        </Select>
      </Form>
    </Dialog>
  )
}
