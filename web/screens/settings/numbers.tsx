import { useCallback, useState } from 'react'
import { Link } from 'wouter'
import type { Channel, ChannelStatus } from '../../../contract/channel.ts'
import { useLoaded, useStored, useWorkspace } from '../../data/hooks.tsx'
import { useSpeech } from '../../i18n/language.tsx'
import { paths } from '../../router.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Choice, Choices, Field, Select } from '../../ui/field.tsx'
import { Form } from '../form.tsx'
import { numberTitle } from '../number-title.ts'
import { useAction } from '../use-action.ts'
import { Card, Confirm, WhenLoaded } from './card.tsx'
import { Transfers } from './transfers.tsx'

/** The numbers that this person may see: how they are, their name and access, and unlinking. */
export function Numbers() {
  const { words } = useSpeech()
  const { user } = useWorkspace()
  const channels = useStored('channels', (store) => store.channels())
  return (
    <div className="grid justify-items-stretch gap-4">
      {user.role === 'admin' && <Transfers />}
      {channels.length === 0 && <p className="text-muted">{words.numbers.none}</p>}
      <ul className="grid gap-3">
        {channels.map((channel) => (
          <Number key={channel.id} channel={channel} />
        ))}
      </ul>
      <Link
        to={paths.connect}
        className="target inline-flex items-center justify-self-start rounded-lg bg-brand px-4 font-medium text-onbrand"
      >
        {words.inbox.connect}
      </Link>
    </div>
  )
}

const colours: Record<ChannelStatus, string> = {
  connecting: 'text-muted',
  connected: 'text-brand',
  degraded: 'text-warn',
  silent: 'text-warn',
  phone_offline_soon: 'text-warn',
  restricted: 'text-danger',
  logged_out: 'text-danger',
  banned: 'text-danger',
}

function Number({ channel }: { readonly channel: Channel }) {
  const { words, formats } = useSpeech()
  const { user, client, store } = useWorkspace()
  const [open, setOpen] = useState<'edit' | 'unlink' | 'remove'>()
  const close = () => setOpen(undefined)
  const mayChange = user.role === 'admin' || channel.owner_id === user.id
  // No phone is linked to a number at Meta.
  const isLinked = channel.status !== 'logged_out' && channel.road !== 'classical'
  const facts = [
    channel.access === 'shared' ? words.connect.shared : words.connect.personal,
    channel.is_default && words.numbers.isDefault,
    channel.road && words.modes[channel.road],
    channel.queued_count > 0 && words.numbers.queued(channel.queued_count),
    channel.last_inbound_at && words.numbers.lastInbound(formats.dateTime(channel.last_inbound_at)),
  ].filter(Boolean)

  const unlink = async () => {
    const read = store.openRead()
    try {
      const params = { user_id: channel.owner_id ?? user.id }
      const answer = await client.call('disconnectWhatsapp', { params, body: { channel_id: channel.id } })
      if (read.isFresh(answer.id)) store.putChannel(answer)
    } finally {
      read.close()
    }
  }
  const remove = async () => {
    await client.call('deleteChannel', { params: { channel_id: channel.id } })
    store.dropChannel(channel.id)
  }

  return (
    <Card
      title={<bdi>{numberTitle(channel)}</bdi>}
      buttons={
        mayChange && (
          <>
            <Button onClick={() => setOpen('edit')}>{words.numbers.edit}</Button>
            <Button onClick={() => setOpen(isLinked ? 'unlink' : 'remove')}>
              {isLinked ? words.numbers.unlink : words.numbers.remove}
            </Button>
          </>
        )
      }
    >
      <p className={colours[channel.status]}>
        {words.channelStatuses[channel.status]}{' '}
        <span className="text-muted">{words.numbers.since(formats.dateTime(channel.status_since))}</span>
      </p>
      <p className="text-muted">{facts.join(' · ')}</p>
      {open === 'edit' && <Edit channel={channel} onClose={close} />}
      {open === 'unlink' && (
        <Confirm
          title={words.numbers.unlinkTitle(channel.name || channel.phone)}
          text={words.numbers.unlinkText}
          doLabel={words.numbers.unlink}
          onDo={unlink}
          onClose={close}
        />
      )}
      {open === 'remove' && (
        <Confirm
          title={words.numbers.removeTitle(channel.name || channel.phone)}
          text={words.numbers.removeText}
          doLabel={words.numbers.remove}
          onDo={remove}
          onClose={close}
        />
      )}
    </Card>
  )
}

function Edit({ channel, onClose }: { readonly channel: Channel; readonly onClose: () => void }) {
  const { words } = useSpeech()
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
  }
}

function Members({ channel }: { readonly channel: Channel }) {
  const { words } = useSpeech()
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
