import { useCallback, useState } from 'react'
import type { Channel } from '../../../contract/channel.ts'
import { useLoaded, useWorkspace } from '../../data/hooks.tsx'
import { useLateSpeech } from '../../i18n/late.ts'
import { Dialog } from '../../ui/dialog.tsx'
import { Choice, Choices, Field, Select } from '../../ui/field.tsx'
import { Form } from '../form.tsx'
import { useAction } from '../use-action.ts'
import { WhenLoaded } from './card.tsx'

/** A number's name, who may use it, and how fast it may be. */
export function NumberEdit({ channel, onClose }: { readonly channel: Channel; readonly onClose: () => void }) {
  const { words } = useLateSpeech()
  const { user, client, store } = useWorkspace()
  const [access, setAccess] = useState(channel.access)
  const isAdmin = user.role === 'admin'
  const save = useAction(async (body: Parameters<typeof patchOf>) => {
    const read = store.openRead()
    try {
      const answer = await client.call('updateChannel', { params: { channel_id: channel.id }, body: patchOf(...body) })
      if (read.isFresh(answer.id)) store.putChannel(answer)
    } finally {
      read.close()
    }
    onClose()
  })
  return (
    <Dialog title={words.numbers.edit} closeLabel={words.common.close} onClose={onClose}>
      <Form
        submitLabel={words.common.save}
        busy={save.busy}
        error={save.error}
        onSend={({ name }, data) => save.run([channel, name, access, isAdmin, data])}
      >
        <Field
          label={words.numbers.rename}
          name="name"
          maxLength={80}
          required
          defaultValue={channel.name}
          error={save.fieldError('name')}
        />
        <Select label={words.numbers.access} value={access} onChange={(event) => setAccess(event.target.value as Channel['access'])}>
          <option value="personal">{words.connect.personal}</option>
          <option value="shared">{words.connect.shared}</option>
        </Select>
        {access === 'shared' && isAdmin && <Members channel={channel} />}
        {isAdmin && <Choice label={words.numbers.isDefault} name="is_default" defaultChecked={channel.is_default} />}
        {isAdmin && channel.pace && <Pace pace={channel.pace} error={save.fieldError} />}
      </Form>
    </Dialog>
  )
}

/** Only what is changed is sent: an owner may share a number, but who answers from it is the admin's matter. */
function patchOf(channel: Channel, name: string | undefined, access: Channel['access'], isAdmin: boolean, data: FormData) {
  const members = data.getAll('members') as Channel['member_ids']
  const isDefault = data.has('is_default')
  return {
    ...(name && name !== channel.name ? { name } : {}),
    ...(access === channel.access ? {} : { access }),
    ...(isAdmin && access === 'shared' ? { member_ids: members } : {}),
    ...(isAdmin && isDefault !== channel.is_default ? { is_default: isDefault } : {}),
    ...(isAdmin && channel.pace ? { pace: paceOf(data) } : {}),
  }
}

function Members({ channel }: { readonly channel: Channel }) {
  const { words } = useLateSpeech()
  const { client } = useWorkspace()
  const users = useLoaded(useCallback((signal: AbortSignal) => client.call('listUsers', { query: { limit: 200 }, signal }), [client]))
  return (
    <WhenLoaded of={users}>
      {({ items }) => (
        <Choices label={words.numbers.members} hint={words.numbers.allAgents}>
          {items
            .filter(({ role, active }) => role === 'agent' && active)
            .map(({ id, name }) => (
              <Choice key={id} label={name} name="members" value={id} defaultChecked={channel.member_ids.includes(id)} />
            ))}
        </Choices>
      )}
    </WhenLoaded>
  )
}

const paceOf = (data: FormData) => ({
  messages_per_minute: Number(data.get('messages_per_minute')),
  new_chats_per_day: Number(data.get('new_chats_per_day')),
})

/** How fast a linked number may write; what is above it waits. */
function Pace({ pace, error }: { readonly pace: NonNullable<Channel['pace']>; readonly error: (name: string) => string | undefined }) {
  const { words } = useLateSpeech()
  const limits = { messages_per_minute: { min: 1, max: 600 }, new_chats_per_day: { min: 0, max: 10_000 } } as const
  return (
    <fieldset className="grid gap-2">
      <legend className="mb-1 font-medium">{words.numbers.pace}</legend>
      <p className="text-sm text-muted">{words.numbers.paceWhy}</p>
      {(['messages_per_minute', 'new_chats_per_day'] as const).map((name) => (
        <Field
          key={name}
          label={words.numbers.paces[name]}
          name={name}
          type="number"
          {...limits[name]}
          required
          defaultValue={pace[name]}
          error={error(name)}
        />
      ))}
    </fieldset>
  )
}
