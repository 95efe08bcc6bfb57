import { useEffect, useState } from 'react'
import type { Login, LoginStatus } from '../../../contract/login.ts'
import { useStored, useWorkspace } from '../../data/hooks.tsx'
import { useSpeech } from '../../i18n/language.tsx'
import { Spinner } from '../../ui/spinner.tsx'
import { useAction } from '../use-action.ts'
import { ConnectForm } from './connect-form.tsx'
import type { ConnectInput } from './connect-input.ts'
import { CopyNote } from './copy-note.tsx'
import { LoginResult } from './login-result.tsx'
import { LoginSteps } from './login-steps.tsx'

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
  const { words } = useSpeech()
  const { user, reads } = useWorkspace()
  const [input, setInput] = useState<ConnectInput>({ method: 'qr' })
  const [step, setStep] = useState<'form' | 'note' | 'code'>('form')
  const login = useLogin()
  const connect = useAction((body: ConnectInput) => reads.connect(user.id, body))
  const cancel = useAction(() => reads.cancelLogin(user.id))

  const start = (next: ConnectInput) => {
    setInput(next)
    setStep('code')
    connect.run(next)
  }
  const isLive = login.present !== undefined && goesOn[login.present.status]
  const isShown = isLive || (step === 'code' && !connect.busy && !connect.error)
  return (
    <div className="h-full overflow-y-auto p-4">
      <div className="mx-auto grid max-w-2xl gap-5">
        <h1 className="text-xl font-semibold">{words.connect.title}</h1>
        {!login.isKnown ? (
          <Spinner label={words.common.loading} />
        ) : isShown && login.present ? (
          isLive ? (
            <LoginSteps
              login={login.present}
              isCancelling={cancel.busy}
              onCancel={cancel.run}
              onOtherWay={(method) => {
                cancel.run()
                setInput({ ...input, method })
                setStep('form')
              }}
            />
          ) : (
            <LoginResult
              login={login.present}
              onAgain={() => (needsForm(input) ? setStep('form') : start(input))}
              onChange={() => setStep('form')}
            />
          )
        ) : connect.busy ? (
          <Spinner label={words.connect.starting} />
        ) : step === 'note' ? (
          <CopyNote isShared={input.access === 'shared'} onAgree={() => start(input)} onBack={() => setStep('form')} />
        ) : (
          <ConnectForm
            input={input}
            error={connect.error}
            onNext={(next) => {
              setInput(next)
              setStep('note')
            }}
          />
        )}
        {cancel.error && (
          <p role="alert" className="text-danger">
            {cancel.error}
          </p>
        )}
      </div>
    </div>
  )
}

function needsForm({ method, phone_number }: ConnectInput): boolean {
  return method === 'phone' && phone_number === undefined
}

/** The latest login of this person, read once and then followed. */
function useLogin(): { readonly present: Login | undefined; readonly isKnown: boolean } {
  const { user, reads } = useWorkspace()
  const logins = useStored('logins', (store) => store.logins())
  const connection = useStored('connection', (store) => store.connection())
  const [isKnown, setKnown] = useState(false)
  const present = logins
    .filter(({ user_id }) => user_id === user.id)
    .toSorted((a, b) => a.created_at.localeCompare(b.created_at))
    .at(-1)
  // After a lost connection the feed may have begun anew, so the state is read again.
  useEffect(() => {
    if (connection !== 'live') return
    // There may be none, and that is no trouble.
    reads.login(user.id).then(
      () => setKnown(true),
      () => setKnown(true),
    )
  }, [reads, user.id, connection])
  return { present, isKnown: isKnown || present !== undefined }
}
