import { useCallback, useState } from 'react'
import type { Role, User, UserPatch } from '../../../contract/user.ts'
import { useLoaded, useWorkspace } from '../../data/hooks.tsx'
import { useLateSpeech } from '../../i18n/late.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Field, Select } from '../../ui/field.tsx'
import { Form } from '../form.tsx'
import { useAction } from '../use-action.ts'
import { Card, Confirm, WhenLoaded } from './card.tsx'

/** Who works here: adding and changing people, and switching them off and on. */
export function People() {
  const { words } = useLateSpeech()
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
  const { words } = useLateSpeech()
  const { client, user } = useWorkspace()
  const [isAsking, setAsking] = useState<'deactivate' | 'sign_out'>()
  const [isEditing, setEditing] = useState(false)
  const setActive = async (active: boolean) => {
    await client.call('updateUser', { params: { user_id: person.id }, body: { active } })
    onChanged()
  }
  const activate = useAction(() => setActive(true))
  return (
    <Card
      title={<bdi>{person.name}</bdi>}
      buttons={
        <>
          <Button onClick={() => setEditing(true)}>{words.people.edit}</Button>
          {person.id !== user.id &&
            (person.active ? (
              <>
                <Button onClick={() => setAsking('sign_out')}>{words.people.signOut}</Button>
                <Button onClick={() => setAsking('deactivate')}>{words.people.deactivate}</Button>
              </>
            ) : (
              <Button busy={activate.busy} onClick={() => activate.run()}>
                {words.people.activate}
              </Button>
            ))}
        </>
      }
    >
      <p className="text-muted">
        {[person.email, words.roles[person.role], !person.active && words.people.inactive].filter(Boolean).join(' · ')}
      </p>
      {activate.error && <p role="alert">{activate.error}</p>}
      {isEditing && <EditPerson person={person} onChanged={onChanged} onClose={() => setEditing(false)} />}
      {isAsking === 'sign_out' && (
        <Confirm
          title={words.people.signOutTitle(person.name)}
          text={words.people.signOutText}
          doLabel={words.people.signOut}
          onDo={() => client.call('endUserSessions', { params: { user_id: person.id } })}
          onClose={() => setAsking(undefined)}
        />
      )}
      {isAsking === 'deactivate' && (
        <Confirm
          title={words.people.deactivateTitle(person.name)}
          text={words.people.deactivateText}
          doLabel={words.people.deactivate}
          onDo={() => setActive(false)}
          onClose={() => setAsking(undefined)}
        />
      )}
    </Card>
  )
}

/** The password stays as it is where the field is left empty; a new one ends the person's sessions. */
function EditPerson({
  person,
  onChanged,
  onClose,
}: {
  readonly person: User
  readonly onChanged: () => void
  readonly onClose: () => void
}) {
  const { words } = useLateSpeech()
  const { client } = useWorkspace()
  const save = useAction(async (body: UserPatch) => {
    await client.call('updateUser', { params: { user_id: person.id }, body })
    onChanged()
    onClose()
  })
  return (
    <Dialog title={words.people.editOf(person.name)} closeLabel={words.common.close} onClose={onClose}>
      <Form
        submitLabel={words.common.save}
        busy={save.busy}
        error={save.error}
        onSend={({ name = '', email = '', password, role }) =>
          save.run({ name, email, role: role === 'admin' ? 'admin' : 'agent', ...(password ? { password } : {}) })
        }
      >
        <Field label={words.people.name} name="name" defaultValue={person.name} maxLength={80} required error={save.fieldError('name')} />
        <Field
          label={words.people.email}
          name="email"
          type="email"
          autoComplete="off"
          defaultValue={person.email}
          required
          error={save.fieldError('email')}
        />
        <Field
          label={words.people.newPassword}
          hint={words.people.passwordStays}
          name="password"
          type="password"
          autoComplete="new-password"
          minLength={12}
          error={save.fieldError('password')}
        />
        <Roles value={person.role} />
      </Form>
    </Dialog>
  )
}

function Roles({ value }: { readonly value: Role }) {
  const { words } = useLateSpeech()
  return (
    <Select label={words.people.role} name="role" defaultValue={value}>
      <option value="agent">{words.roles.agent}</option>
      <option value="admin">{words.roles.admin}</option>
    </Select>
  )
}

function AddPerson({ onAdded, onClose }: { readonly onAdded: () => void; readonly onClose: () => void }) {
  const { words } = useLateSpeech()
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
        <Roles value="agent" />
      </Form>
    </Dialog>
  )
}
