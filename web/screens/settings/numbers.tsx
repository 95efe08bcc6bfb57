import { useState } from 'react'
import { Link } from 'wouter'
import type { Channel, ChannelStatus } from '../../../contract/channel.ts'
import { useStored, useWorkspace } from '../../data/hooks.tsx'
import { useLateSpeech } from '../../i18n/late.ts'
import { paths } from '../../router.ts'
import { Button } from '../../ui/button.tsx'
import { mayExclude } from '../may-exclude.ts'
import { numberTitle } from '../number-title.ts'
import { Card, Confirm } from './card.tsx'
import { ExcludedChats } from './excluded-chats.tsx'
import { NumberEdit } from './number-edit.tsx'
import { Transfers } from './transfers.tsx'

/** The numbers that this person may see: how they are, their name and access, and unlinking. */
export function Numbers() {
  const { words } = useLateSpeech()
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
  const { words, formats } = useLateSpeech()
  const { user, client, store } = useWorkspace()
  const owner = useStored('users', () => (channel.owner_id ? store.user(channel.owner_id) : undefined))
  const [open, setOpen] = useState<'edit' | 'excluded' | 'unlink' | 'remove'>()
  const close = () => setOpen(undefined)
  const mayChange = user.role === 'admin' || channel.owner_id === user.id
  // No phone is linked to a number at Meta.
  const isLinked = channel.status !== 'logged_out' && channel.road !== 'classical'
  const facts = [
    channel.access === 'shared' ? words.connect.shared : words.connect.personal,
    channel.is_default && words.numbers.isDefault,
    channel.road && words.modes[channel.road],
    channel.queued_count > 0 && words.numbers.queued(channel.queued_count),
    owner && owner.id !== user.id && words.numbers.owner(owner.name),
    channel.last_inbound_at && words.numbers.lastInbound(formats.dateTime(channel.last_inbound_at)),
    channel.phone_last_seen_at && channel.road !== 'classical' && words.numbers.phoneSeen(formats.dateTime(channel.phone_last_seen_at)),
    channel.import.messages > 0 && words.connect.imported(channel.import.chats, channel.import.messages),
    channel.import.left_out > 0 && words.numbers.leftOut(channel.import.left_out),
  ].filter(Boolean)
  const advices: Partial<Record<ChannelStatus, string>> = words.numbers.advice
  const advice = advices[channel.status]
  const mayLinkAgain =
    channel.status === 'logged_out' && channel.road !== 'classical' && (user.role === 'admin' || channel.owner_id === user.id)

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
            {mayLinkAgain && (
              <Link
                to={`${paths.connect}?number=${channel.id}`}
                className="target inline-flex items-center rounded-lg bg-brand px-4 font-medium text-onbrand"
              >
                {words.numbers.linkAgain}
              </Link>
            )}
            <Button onClick={() => setOpen('edit')}>{words.numbers.edit}</Button>
            {channel.road !== 'classical' && mayExclude(user, channel) && (
              <Button onClick={() => setOpen('excluded')}>{words.numbers.excluded}</Button>
            )}
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
      {advice && mayChange && channel.road !== 'classical' && <p>{advice}</p>}
      {channel.import.hint && mayChange && <p className="text-warn">{words.connect.backfillOff}</p>}
      <p className="text-muted">{facts.join(' · ')}</p>
      {open === 'excluded' && <ExcludedChats channel={channel} onClose={close} />}
      {open === 'edit' && <NumberEdit channel={channel} onClose={close} />}
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
