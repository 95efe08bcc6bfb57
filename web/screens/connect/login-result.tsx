import { Link } from 'wouter'
import type { Login } from '../../../contract/login.ts'
import { useStored } from '../../data/hooks.tsx'
import { useSpeech } from '../../i18n/language.tsx'
import { paths } from '../../router.ts'
import { Button } from '../../ui/button.tsx'
import { numberTitle } from '../number-title.ts'

interface LoginResultProps {
  readonly login: Login
  /** The same once more. */
  readonly onAgain: () => void
  /** Back to the choice of how. */
  readonly onOtherWay: () => void
}

/** What became of linking: the number, or why not and what can be done. */
export function LoginResult({ login, onAgain, onOtherWay }: LoginResultProps) {
  const { words } = useSpeech()
  const channel = useStored('channels', (store) => (login.channel_id ? store.channel(login.channel_id) : undefined))
  if (login.status === 'connected') {
    return (
      <div className="grid justify-items-start gap-4 rounded-xl border border-line bg-surface p-4">
        <output className="text-lg font-semibold">{words.connect.connected(channel ? numberTitle(channel) : '')}</output>
        {login.instead_of && <p role="alert">{words.connect.insteadOf(login.instead_of)}</p>}
        <p>{words.connect.importing}</p>
        {channel && <p>{words.connect.imported(channel.import.chats, channel.import.messages)}</p>}
        {channel?.import.hint && <p role="alert">{words.connect.backfillOff}</p>}
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

function reasonOf(login: Login, words: ReturnType<typeof useSpeech>['words']): string {
  if (login.error) return words.loginErrors[login.error.code]
  if (login.status === 'expired') return words.connect.expired
  return login.status === 'cancelled' ? words.connect.cancelled : words.connect.failed
}
