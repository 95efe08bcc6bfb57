import { Pause, Play } from 'lucide-react'
import { type ReactNode, useCallback, useEffect, useState } from 'react'
import { Redirect } from 'wouter'
import { useLoaded, useStored, useWorkspace } from '../../data/hooks.tsx'
import { useLateSpeech } from '../../i18n/late.ts'
import { paths } from '../../router.ts'
import { Button } from '../../ui/button.tsx'
import { useToast } from '../../ui/toast.tsx'
import { WhenLoaded } from '../settings/card.tsx'
import { useAction } from '../use-action.ts'
import { DeadLetters } from './dead-letters.tsx'
import { numberState, type Operations, type Trouble, troubles } from './health.ts'
import { looks, StateMark } from './state-mark.tsx'
import { Tiles } from './tiles.tsx'

const EVERY_MS = 5_000

/** How the server is: one sentence, the figures behind it, and what can be done. For admins. */
export function Ops() {
  const { words } = useLateSpeech()
  const { client, user } = useWorkspace()
  const [isPaused, setPaused] = useState(false)
  const operations = useLoaded(useCallback((signal: AbortSignal) => client.call('getOperations', { signal }), [client]))
  const { reload } = operations
  useEffect(() => {
    if (isPaused) return
    const timer = setInterval(() => document.hidden || reload(), EVERY_MS)
    return () => clearInterval(timer)
  }, [isPaused, reload])
  if (user.role !== 'admin') return <Redirect to={paths.inbox} replace />
  return (
    <div className="h-full overflow-y-auto p-4 sm:p-6">
      <div className="mx-auto grid max-w-5xl grid-cols-[minmax(0,1fr)] gap-6">
        <div className="flex flex-wrap items-center gap-2">
          <h1 className="flex-1 text-xl font-semibold">{words.ops.title}</h1>
          <Button onClick={() => setPaused(!isPaused)}>
            {isPaused ? <Play aria-hidden size={16} /> : <Pause aria-hidden size={16} />}
            {isPaused ? words.ops.resume : words.ops.pause}
          </Button>
          {operations.value && <CopyReport operations={operations.value} />}
        </div>
        <WhenLoaded of={operations}>{(value) => <Report operations={value} onChanged={reload} />}</WhenLoaded>
      </div>
    </div>
  )
}

function useTroubleText(): (trouble: Trouble) => string {
  const { words, formats } = useLateSpeech()
  return ({ kind, count }) => (kind === 'lagging' ? words.ops.lagging(words.ops.seconds(formats.decimal(count))) : words.ops[kind](count))
}

function Report({ operations, onChanged }: { readonly operations: Operations; readonly onChanged: () => void }) {
  const { words, formats } = useLateSpeech()
  const channels = useStored('channels', (store) => store.channels())
  const text = useTroubleText()
  const found = troubles(operations, channels)
  const { icon: Icon, colour } = looks[found.length === 0 ? 'ok' : 'warning']
  const { degraded, warnings, started_at } = operations
  return (
    <>
      <output className="flex items-center gap-3 rounded-xl border border-line bg-surface p-4 text-lg font-medium">
        <Icon aria-hidden size={24} className={`shrink-0 ${colour}`} />
        {found.length === 0 ? words.ops.allWell : `${words.ops.attention} ${found.map(text).join(', ')}.`}
      </output>
      <Tiles operations={operations} />
      {operations.dead_letters + operations.not_understood > 0 && <Redrive onDone={onChanged} />}
      <DeadLetters count={operations.dead_letters} onChanged={onChanged} />
      <NumberTable />
      {degraded.length > 0 && (
        <Part title={words.ops.services}>
          <ul className="grid gap-2">
            {degraded.map(({ road, since, detail }) => (
              <li key={road} className="flex flex-wrap items-center gap-x-3">
                <StateMark state="warning" />
                <span className="font-medium">{words.modes[road]}</span>
                <span className="text-muted">{words.ops.since(formats.dateTime(since))}</span>
                <span className="w-full text-sm text-muted">{detail}</span>
              </li>
            ))}
          </ul>
        </Part>
      )}
      {warnings.length > 0 && (
        <Part title={words.ops.warningList}>
          <ul className="list-disc ps-5">
            {warnings.map((warning) => (
              <li key={warning}>{warning}</li>
            ))}
          </ul>
        </Part>
      )}
      <p className="text-sm text-muted">{words.ops.started(formats.dateTime(started_at))}</p>
    </>
  )
}

function Part({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <section aria-label={title} className="grid gap-3 rounded-xl border border-line bg-surface p-4">
      <h2 className="font-semibold">{title}</h2>
      {children}
    </section>
  )
}

function Redrive({ onDone }: { readonly onDone: () => void }) {
  const { words } = useLateSpeech()
  const { client } = useWorkspace()
  const toast = useToast()
  const { run, busy, error } = useAction(async () => {
    const { redriven, left, reread } = await client.call('redriveDeadLetters')
    toast(words.ops.redriven(redriven, left, reread))
    onDone()
  })
  return (
    <div className="flex flex-wrap items-center gap-3">
      <Button busy={busy} onClick={() => run()}>
        {words.ops.redrive}
      </Button>
      {error && (
        <p role="alert" className="text-danger">
          {error}
        </p>
      )}
    </div>
  )
}

function NumberTable() {
  const { words, formats } = useLateSpeech()
  const channels = useStored('channels', (store) => store.channels())
  return (
    <Part title={words.ops.numbers}>
      {channels.length === 0 && <p className="text-muted">{words.ops.noNumbers}</p>}
      <ul className="grid divide-y divide-line">
        {channels.map((channel) => (
          <li key={channel.id} className="flex flex-wrap items-center gap-x-4 gap-y-1 py-2">
            <StateMark state={numberState(channel)} />
            <span className="min-w-40 flex-1 truncate font-medium">
              <bdi>{channel.name || channel.phone}</bdi>
            </span>
            <span className="text-sm">{words.channelStatuses[channel.status]}</span>
            <span className="text-sm text-muted">{words.ops.since(formats.dateTime(channel.status_since))}</span>
            {channel.queued_count > 0 && <span className="text-sm text-warn">{words.ops.queued(channel.queued_count)}</span>}
            {channel.last_inbound_at && (
              <span className="text-sm text-muted">{words.ops.lastInbound(formats.dateTime(channel.last_inbound_at))}</span>
            )}
          </li>
        ))}
      </ul>
    </Part>
  )
}

/** Everything on the page as text, for whoever helps; there are no secrets in it. */
function CopyReport({ operations }: { readonly operations: Operations }) {
  const { words } = useLateSpeech()
  const { store } = useWorkspace()
  const toast = useToast()
  const copy = async () => {
    const numbers = store.channels().map(({ name, status, status_since, queued_count }) => ({ name, status, status_since, queued_count }))
    await navigator.clipboard.writeText(JSON.stringify({ at: new Date().toISOString(), ...operations, numbers }, null, 2))
    toast(words.ops.copied)
  }
  return <Button onClick={() => void copy().catch(() => undefined)}>{words.ops.copy}</Button>
}
