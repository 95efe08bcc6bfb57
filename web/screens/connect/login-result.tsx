import { useState } from 'react'
import { Link } from 'wouter'
import type { Channel } from '../../../contract/channel.ts'
import type { Login } from '../../../contract/login.ts'
import { useStored, useWorkspace } from '../../data/hooks.tsx'
import { useLateSpeech } from '../../i18n/late.ts'
import { paths } from '../../router.ts'
import { Button } from '../../ui/button.tsx'
import { numberTitle } from '../number-title.ts'
import { Confirm } from '../settings/card.tsx'
import { ImportProgress } from './import-progress.tsx'

interface LoginResultProps {
  readonly login: Login
  /** The same once more. */
  readonly onAgain: () => void
  /** Back to the choice of how. */
  readonly onOtherWay: () => void
}

/** What became of linking: the number, or why not and what can be done. */
export function LoginResult({ login, onAgain, onOtherWay }: LoginResultProps) {
  const { words } = useLateSpeech()
  const channel = useStored('channels', (store) => (login.channel_id ? store.channel(login.channel_id) : undefined))
  if (login.status === 'connected') {
    return (
      <div className="grid justify-items-start gap-4 rounded-xl border border-line bg-surface p-4">
        <output className="text-lg font-semibold">{words.connect.connected(channel ? numberTitle(channel) : '')}</output>
        {login.instead_of && <AnotherNumber expected={login.instead_of} channel={channel} />}
        {channel && <ImportProgress channel={channel} />}
        <Link to={paths.inbox} className="target inline-flex items-center rounded-lg bg-brand px-4 font-medium text-onbrand">
          {words.connect.toInbox}
        </Link>
      </div>
    )
  }
  return (
    <div className="grid justify-items-start gap-4 rounded-xl border border-line bg-surface p-4">
      <p role="alert">{reasonOf(login, words)}</p>
      <div className="flex flex-wrap gap-2">
        <Button look="primary" onClick={onAgain}>
          {words.connect.newCode}
        </Button>
        <Button onClick={onOtherWay}>{words.connect.otherWay}</Button>
      </div>
    </div>
  )
}

/** Another phone was used than the one that was to be connected again: both stay, or the new one goes. */
function AnotherNumber({ expected, channel }: { readonly expected: string; readonly channel: Channel | undefined }) {
  const { words } = useLateSpeech()
  const { client, store, user } = useWorkspace()
  const [isAsking, setAsking] = useState(false)
  const unlink = async () => {
    if (!channel) return
    const params = { user_id: channel.owner_id ?? user.id }
    store.putChannel(await client.call('disconnectWhatsapp', { params, body: { channel_id: channel.id } }))
  }
  return (
    <div role="alert" className="grid justify-items-start gap-2">
      <p>{words.connect.insteadOf(expected)}</p>
      {channel && channel.status !== 'logged_out' && <Button onClick={() => setAsking(true)}>{words.connect.unlinkNew}</Button>}
      {channel && isAsking && (
        <Confirm
          title={words.numbers.unlinkTitle(channel.name || channel.phone)}
          text={words.numbers.unlinkText}
          doLabel={words.numbers.unlink}
          onDo={unlink}
          onClose={() => setAsking(false)}
        />
      )}
    </div>
  )
}

function reasonOf(login: Login, words: ReturnType<typeof useLateSpeech>['words']): string {
  if (login.error) return words.loginErrors[login.error.code]
  if (login.status === 'expired') return words.connect.expired
  return login.status === 'cancelled' ? words.connect.cancelled : words.connect.failed
}
