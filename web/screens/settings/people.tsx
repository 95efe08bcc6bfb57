import { useCallback, useState } from 'react'
import type { Call } from '../../../contract/api.ts'
import type { Role, User, UserPatch } from '../../../contract/user.ts'
import { useLoaded, useWorkspace } from '../../data/hooks.tsx'
import { useLateSpeech } from '../../i18n/late.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Field, Select } from '../../ui/field.tsx'
import { Form } from '../form.tsx'
import { useAction } from '../use-action.ts'
import { ShownOnce } from './shown-once.tsx'
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
  const [link, setLink] = useState<Link>()
  const invite = useAction(async () => setLink(await client.call('createInvite', { params: { user_id: person.id } })))
  return (
    <Card
      title={<bdi>{person.name}</bdi>}
      buttons={
        <>
          <Button onClick={() => setEditing(true)}>{words.people.edit}</Button>
          {person.id !== user.id &&
            (person.active ? (
              <>
                <Button busy={invite.busy} onClick={() => invite.run()}>
                  {words.invite.make}
                </Button>
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
      {(activate.error ?? invite.error) && <p role="alert">{activate.error ?? invite.error}</p>}
      {link && <InviteLink person={person} link={link} onClose={() => setLink(undefined)} />}
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

type Link = Call<'createInvite'>['answer']

function InviteLink({ person, link, onClose }: { readonly person: Pick<User, 'name'>; readonly link: Link; readonly onClose: () => void }) {
  const { words, formats } = useLateSpeech()
  return (
    <Dialog title={words.people.linkOf(person.name)} closeLabel={words.common.close} onClose={onClose}>
      <ShownOnce note={words.invite.once} value={link.url} />
      <p className="text-sm text-muted">{words.invite.until(formats.dateTime(link.expires_at))}</p>
    </Dialog>
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

/** Without a password a link for it is made at once: nobody else has to know it then. */
function AddPerson({ onAdded, onClose }: { readonly onAdded: () => void; readonly onClose: () => void }) {
  const { words } = useLateSpeech()
  const { client } = useWorkspace()
  const [made, setMade] = useState<{ readonly name: string; readonly link: Link }>()
  const add = useAction(async (body: { name: string; email: string; password?: string; role: Role }) => {
    const { id, name } = await client.call('createUser', { body })
    onAdded()
    if (body.password !== undefined) return onClose()
    setMade({ name, link: await client.call('createInvite', { params: { user_id: id } }) })
  })
  if (made) return <InviteLink person={made} link={made.link} onClose={onClose} />
  return (
    <Dialog title={words.people.add} closeLabel={words.common.close} onClose={onClose}>
      <Form
        submitLabel={words.common.add}
        busy={add.busy}
        error={add.error}
        onSend={({ name = '', email = '', password, role }) =>
          add.run({ name, email, role: role === 'admin' ? 'admin' : 'agent', ...(password ? { password } : {}) })
        }
      >
        <Field label={words.people.name} name="name" maxLength={80} required error={add.fieldError('name')} />
        <Field label={words.people.email} name="email" type="email" autoComplete="off" required error={add.fieldError('email')} />
        <Field
          label={words.people.password}
          hint={words.people.passwordOrLink}
          name="password"
          type="password"
          autoComplete="new-password"
          minLength={12}
          error={add.fieldError('password')}
        />
        <Roles value="agent" />
      </Form>
    </Dialog>
  )
}
