import { type ReactNode, useCallback, useEffect, useRef } from 'react'
import { Link, Redirect, useLocation, useSearch } from 'wouter'
import { useLoaded, useWorkspace } from '../../data/hooks.tsx'
import { useLateSpeech } from '../../i18n/late.ts'
import { paths } from '../../router.ts'
import { Choice } from '../../ui/field.tsx'
import { Form } from '../form.tsx'
import { WhenLoaded } from '../settings/card.tsx'
import { findSaved } from '../settings/saved-config.ts'

const ways = ['phone', 'business', 'account'] as const
type Way = (typeof ways)[number]

/** What comes after the first admin: by which way WhatsApp is connected, and where to go on. The step stands in the address, so a reload keeps it. */
export function FirstSteps() {
  const { words } = useLateSpeech()
  const { client, user } = useWorkspace()
  const asked = new URLSearchParams(useSearch()).get('way')
  const way = ways.find((name) => name === asked)
  const load = useCallback(
    async (signal: AbortSignal) => ({
      channels: (await client.call('listChannels', { query: { limit: 1 }, signal })).items.length,
      server: await findSaved(client.call('getMatrixSystemConfig', { signal })),
    }),
    [client],
  )
  const known = useLoaded(load)
  if (user.role !== 'admin') return <Redirect to={paths.inbox} replace />
  return (
    <div className="h-full overflow-y-auto p-4">
      <div className="mx-auto grid max-w-xl gap-5">
        <h1 className="text-xl font-semibold">{words.firstSteps.title}</h1>
        <WhenLoaded of={known}>
          {({ channels, server }) => {
            if (channels > 0) return <Redirect to={paths.inbox} replace />
            return way ? <Ready way={way} hasServer={server !== 'none'} /> : <WayChoice />
          }}
        </WhenLoaded>
      </div>
    </div>
  )
}

/** One step, whose heading has the focus when it is come to. */
function Step({ number, title, children }: { readonly number: number; readonly title: string; readonly children: ReactNode }) {
  const { words } = useLateSpeech()
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => heading.current?.focus(), [])
  return (
    <section aria-labelledby="step" className="grid gap-4 rounded-xl border border-line bg-surface p-4">
      <h2 id="step" ref={heading} tabIndex={-1} className="text-lg font-semibold">
        {words.setup.step(number)} · {title}
      </h2>
      {children}
    </section>
  )
}

function WayChoice() {
  const { words } = useLateSpeech()
  const [, navigate] = useLocation()
  return (
    <Step number={2} title={words.firstSteps.how}>
      <Form
        submitLabel={words.setup.next}
        busy={false}
        error={undefined}
        onSend={({ way = 'phone' }) => navigate(`${paths.setup}?way=${way}`)}
      >
        <div role="radiogroup" aria-label={words.firstSteps.how} className="grid gap-3">
          {ways.map((way) => (
            <div key={way}>
              <Choice type="radio" name="way" value={way} label={words.firstSteps.ways[way]} defaultChecked={way === 'phone'} />
              <p className="ps-7 text-sm text-muted">{words.firstSteps.hints[way]}</p>
            </div>
          ))}
        </div>
        <p className="text-sm text-muted">{words.firstSteps.demo}</p>
      </Form>
    </Step>
  )
}

function Ready({ way, hasServer }: { readonly way: Way; readonly hasServer: boolean }) {
  const { words } = useLateSpeech()
  const needsServer = way === 'phone' && !hasServer
  const places: Record<Way, string> = {
    phone: needsServer ? paths.settingsSection('system') : paths.connect,
    business: paths.settingsSection('cloud'),
    account: paths.settingsSection('account'),
  }
  const link = 'target inline-flex items-center rounded-lg px-4'
  return (
    <Step number={3} title={words.firstSteps.ready}>
      <p>{needsServer ? words.firstSteps.needsServer : words.firstSteps.nextDeed[way]}</p>
      <div className="flex flex-wrap gap-2">
        <Link to={places[way]} className={`${link} bg-brand font-medium text-onbrand`}>
          {needsServer ? words.firstSteps.setServer : words.firstSteps.connect}
        </Link>
        <Link to={paths.inbox} className={`${link} border border-control`}>
          {words.firstSteps.openInbox}
        </Link>
        <Link to={paths.setup} className={`${link} text-brand`}>
          {words.firstSteps.otherWay}
        </Link>
      </div>
    </Step>
  )
}
