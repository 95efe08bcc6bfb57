import { type ReactNode, useEffect, useState } from 'react'
import { useSearch } from 'wouter'
import type { Channel } from '../../../contract/channel.ts'
import type { Login, LoginStatus } from '../../../contract/login.ts'
import { useStored, useWorkspace } from '../../data/hooks.tsx'
import { useLateSpeech } from '../../i18n/late.ts'
import { Spinner } from '../../ui/spinner.tsx'
import { useAction } from '../use-action.ts'
import { ConnectForm } from './connect-form.tsx'
import type { ConnectInput } from './connect-input.ts'
import { CopyNote } from './copy-note.tsx'
import { LoginResult } from './login-result.tsx'
import { LoginSteps } from './login-steps.tsx'
import { isTimeUp, useRounds } from './use-rounds.ts'

/** Whether a login still waits for something. */
const goesOn: Record<LoginStatus, boolean> = {
  starting: true,
  show_qr: true,
  show_code: true,
  passkey: true,
  finishing: true,
  connected: false,
  expired: false,
  cancelled: false,
  failed: false,
}

/** Linking a phone: what and how, the note of what is copied, the live code, and what became of it. A reload goes on where it was. */
export function Connect() {
  const { words } = useLateSpeech()
  const { user, reads } = useWorkspace()
  const again = useNumberAgain()
  const [input, setInput] = useState<ConnectInput>(() => (again ? inputOf(again) : { method: 'qr' }))
  // Begun on this page, so that all that was chosen for it is known: what is not told is taken as everything.
  const [isOurs, setOurs] = useState(false)
  const [step, setStep] = useState<'form' | 'note' | 'code'>('form')
  const login = useLogin()
  const connect = useAction((body: ConnectInput) => reads.connect(user.id, body))
  const cancel = useAction(async (otherWay: ConnectInput['method']) => {
    await reads.cancelLogin(user.id)
    if (!otherWay) return
    setInput((before) => ({ ...before, method: otherWay }))
    setStep('form')
  })
  const isLive = login !== undefined && login !== 'unknown' && goesOn[login.status]
  // One that was started before this page was opened is taken up, and its end is shown too.
  if (isLive && step !== 'code') {
    setStep('code')
    setInput({ ...input, method: login.method })
  }

  const start = (next: ConnectInput) => {
    setInput(next)
    setStep('code')
    setOurs(true)
    connect.run(next)
  }
  const rounds = useRounds(login === 'unknown' ? undefined : login, isOurs && step === 'code', () => connect.run(input))

  function content(): ReactNode {
    if (login === 'unknown') return <Spinner label={words.common.loading} />
    if (login && isLive) {
      return (
        <LoginSteps
          login={login}
          isCancelling={cancel.busy}
          onCancel={() => cancel.run(undefined)}
          onOtherWay={(method) => cancel.run(method)}
        />
      )
    }
    if (connect.busy) return <Spinner label={words.connect.starting} />
    if (login && step === 'code' && !connect.error) {
      if (rounds.next !== 'none' && isTimeUp(login)) {
        return rounds.next === 'now' ? <Spinner label={words.connect.starting} /> : <p>{words.connect.paused}</p>
      }
      const onAgain = () => {
        rounds.anew()
        if (isOurs) start(input)
        else setStep('form')
      }
      return <LoginResult login={login} onAgain={onAgain} onOtherWay={() => setStep('form')} />
    }
    if (step === 'note')
      return (
        <CopyNote
          isShared={input.access === 'shared'}
          copy={input.copy ?? 'everything'}
          onCopy={(copy) => setInput({ ...input, copy })}
          onAgree={() => start(input)}
          onBack={() => setStep('form')}
        />
      )
    return (
      <ConnectForm
        input={input}
        error={connect.error}
        onNext={(next) => {
          setInput({ ...next, copy: input.copy ?? 'everything' })
          setStep('note')
        }}
      />
    )
  }

  return (
    <div className="h-full overflow-y-auto p-4">
      <div className="mx-auto grid max-w-2xl gap-5">
        <h1 className="text-xl font-semibold">{words.connect.title}</h1>
        {content()}
        {cancel.error && (
          <p role="alert" className="text-danger">
            {cancel.error}
          </p>
        )}
      </div>
    </div>
  )
}

/** The number of ours that the address says to connect again. */
function useNumberAgain(): Channel | undefined {
  const id = new URLSearchParams(useSearch()).get('number')
  return useStored('channels', (store) => store.channels()).find((channel) => channel.id === id)
}

/** A number that is connected again stays as it was. */
function inputOf({ name, phone, access, copy }: Channel): ConnectInput {
  return { method: 'qr', access, copy, phone_number: phone, ...(name ? { name } : {}) }
}

/** The latest login of this person, read and then followed; `undefined` when there is none. */
function useLogin(): Login | undefined | 'unknown' {
  const { user, reads } = useWorkspace()
  const logins = useStored('logins', (store) => store.logins())
  const connection = useStored('connection', (store) => store.connection())
  const [isRead, setRead] = useState(false)
  // After a lost connection the feed may have begun anew, so the state is read again.
  useEffect(() => {
    if (connection !== 'live') return
    // There may be none, and that is no trouble.
    const done = () => setRead(true)
    reads.login(user.id).then(done, done)
  }, [reads, user.id, connection])
  const mine = logins.filter(({ user_id }) => user_id === user.id)
  const latest = mine.toSorted((a, b) => a.created_at.localeCompare(b.created_at)).at(-1)
  return latest ?? (isRead ? undefined : 'unknown')
}
