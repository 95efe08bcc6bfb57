import { type ReactNode, useEffect } from 'react'
import type { Login } from '../../../contract/login.ts'
import { useNow, useWorkspace } from '../../data/hooks.tsx'
import { useLateSpeech } from '../../i18n/late.ts'
import { Button } from '../../ui/button.tsx'
import { Spinner } from '../../ui/spinner.tsx'
import { useToast } from '../../ui/toast.tsx'

interface LoginStepsProps {
  readonly login: Login
  readonly isCancelling: boolean
  readonly onCancel: () => void
  readonly onOtherWay: (method: 'qr' | 'phone') => void
}

/** What the person has to do now: scan, type a code in, or wait. The codes change by themselves. */
export function LoginSteps({ login, isCancelling, onCancel, onOtherWay }: LoginStepsProps) {
  const { words } = useLateSpeech()
  const other = login.method === 'qr' ? 'phone' : 'qr'
  return (
    <div className="grid gap-4">
      <Step login={login} />
      <div className="flex flex-wrap gap-2">
        <Button onClick={onCancel} busy={isCancelling}>
          {words.common.cancel}
        </Button>
        {login.status !== 'finishing' && (
          <Button look="quiet" disabled={isCancelling} onClick={() => onOtherWay(other)}>
            {other === 'phone' ? words.connect.useCode : words.connect.useQr}
          </Button>
        )}
      </div>
    </div>
  )
}

function Step({ login }: { readonly login: Login }): ReactNode {
  const { words } = useLateSpeech()
  switch (login.status) {
    case 'show_qr':
      return login.qr ? <QrStep qr={login.qr} /> : <Spinner label={words.connect.starting} />
    case 'show_code':
      return login.code ? <CodeStep code={login.code} expiresAt={login.expires_at} /> : <Spinner label={words.connect.starting} />
    case 'passkey':
      return <output>{words.connect.passkey}</output>
    case 'finishing':
      return <Spinner label={words.connect.finishing} />
    case 'starting':
    case 'connected':
    case 'expired':
    case 'cancelled':
    case 'failed':
      return <Spinner label={words.connect.starting} />
  }
}

/** Milliseconds until then by the server's clock; when it is over and nothing new has come, the server is asked. */
function useLeft(at: string | undefined): number {
  const { client, reads, user } = useWorkspace()
  const now = useNow(1_000) + client.clockLead()
  useEffect(() => {
    if (!at) return
    // The next state comes by the feed; this is for the case that it does not.
    const late = Date.parse(at) - Date.now() - client.clockLead() + 3_000
    const timer = setTimeout(() => void reads.login(user.id).catch(() => undefined), Math.max(0, late))
    return () => clearTimeout(timer)
  }, [at, client, reads, user.id])
  return at ? Date.parse(at) - now : Infinity
}

/** How long the first QR code of a round lives, and each other one (`protocol/bridge.md`), in milliseconds: only for the ring. */
const FIRST_MS = 60_000
const OTHERS_MS = 20_000

/** What is left of a code's time, as a ring that empties; the words beside it say the same. */
function Ring({ share }: { readonly share: number }) {
  return (
    <svg aria-hidden viewBox="0 0 20 20" className="size-5 -rotate-90 text-brand">
      <circle cx="10" cy="10" r="8" fill="none" stroke="currentColor" strokeWidth="3" opacity="0.25" />
      <circle
        cx="10"
        cy="10"
        r="8"
        fill="none"
        stroke="currentColor"
        strokeWidth="3"
        pathLength="1"
        strokeDasharray={`${Math.min(1, Math.max(0, share))} 1`}
      />
    </svg>
  )
}

function QrStep({ qr }: { readonly qr: NonNullable<Login['qr']> }) {
  const { words } = useLateSpeech()
  const left = useLeft(qr.expires_at)
  const isOver = left <= 0
  return (
    <div className="flex flex-wrap gap-6">
      <div className="relative">
        <img
          src={`data:image/svg+xml,${encodeURIComponent(qr.svg)}`}
          alt={words.connect.qrAlt}
          data-qr={isOver ? undefined : qr.data}
          className={`size-72 rounded-xl bg-[#fff] p-3 ${isOver ? 'opacity-5 blur-sm' : ''}`}
        />
        {isOver && (
          <div className="absolute inset-0 grid place-items-center p-4 text-center">
            <Spinner label={words.connect.codeOver} />
          </div>
        )}
      </div>
      <div className="grid min-w-60 flex-1 content-start gap-3">
        <Steps steps={words.connect.steps} />
        <p className="flex items-center gap-2 text-muted">
          {!isOver && <Ring share={left / (qr.number === 1 ? FIRST_MS : OTHERS_MS)} />}
          {!isOver && `${words.connect.nextIn(Math.ceil(left / 1000))} · `}
          {words.connect.codeOf(qr.number, qr.of)}
        </p>
        <p className="text-muted">{words.connect.waitAfterScan}</p>
        <p className="text-muted">{words.connect.offline}</p>
      </div>
    </div>
  )
}

function CodeStep({ code, expiresAt }: { readonly code: string; readonly expiresAt: string | undefined }) {
  const { words, formats } = useLateSpeech()
  const toast = useToast()
  const left = useLeft(expiresAt)
  const bare = code.replaceAll(/[^0-9A-Za-z]/g, '')
  const copy = async () => {
    await navigator.clipboard?.writeText(bare)
    toast(words.common.copied)
  }
  return (
    <div className="grid gap-4">
      <div className="flex flex-wrap items-center gap-4">
        <p dir="ltr" data-code={bare} className="rounded-xl border border-line bg-surface px-6 py-4 font-mono text-3xl tracking-widest">
          <span className="sr-only">
            {words.connect.code}: {bare.split('').join(' ')}
          </span>
          <span aria-hidden>
            {bare.slice(0, 4)}-{bare.slice(4)}
          </span>
        </p>
        <Button onClick={() => void copy()}>{words.common.copy}</Button>
      </div>
      <Steps steps={words.connect.codeSteps} />
      {Number.isFinite(left) && (
        <p className="text-muted">
          {left > 0 ? `${words.connect.validFor(formats.duration(left))} · ${words.connect.waitPhone}` : words.connect.codeOver}
        </p>
      )}
    </div>
  )
}

function Steps({ steps }: { readonly steps: readonly string[] }) {
  return (
    <ol className="grid list-decimal gap-2 ps-5">
      {steps.map((step) => (
        <li key={step}>{step}</li>
      ))}
    </ol>
  )
}
