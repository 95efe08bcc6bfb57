import { useEffect } from 'react'
import { Redirect, Route, Switch, useRoute } from 'wouter'
import { WorkspaceContext } from './data/hooks.tsx'
import { type Session, useSession } from './data/session.ts'
import type { ReadAhead } from './data/workspace.ts'
import { useSpeech } from './i18n/language.tsx'
import { paths, patterns, placeOf } from './router.ts'
import { Inbox } from './screens/inbox/inbox.tsx'
import { readAhead } from './screens/inbox/read-ahead.ts'
import { prefetchLayers, Shell } from './screens/shell.tsx'
import { SignIn, SignInAgain } from './screens/sign-in/sign-in.tsx'
import { useErrorText } from './screens/use-action.ts'
import { Button } from './ui/button.tsx'
import { onDemand } from './ui/on-demand.tsx'
import { Spinner } from './ui/spinner.tsx'

/** Few of those who answer customers ever go there. */
const Setup = onDemand(() => import('./screens/sign-in/setup.tsx').then((part) => part.Setup))
const Invite = onDemand(() => import('./screens/sign-in/invite.tsx').then((part) => part.Invite))
const FirstSteps = onDemand(() => import('./screens/sign-in/first-steps.tsx').then((part) => part.FirstSteps))
const Connect = onDemand(() => import('./screens/connect/connect.tsx').then((part) => part.Connect))
const Ops = onDemand(() => import('./screens/ops/ops.tsx').then((part) => part.Ops))
const Settings = onDemand(() => import('./screens/settings/settings.tsx').then((part) => part.Settings))

/** What was not loaded with the page is loaded once it stands, so that it opens at once, in milliseconds. */
const PREFETCH_AFTER_MS = 1_500

/** The whole page: what is shown depends on who is signed in, and then on the address. */
export function App() {
  const session = useSession(readPlaceAhead)
  const { state } = session
  // Whoever is signed in here: the link is for somebody.
  const [isInvited] = useRoute(patterns.invite)
  if (isInvited) return <Invite />
  switch (state.kind) {
    case 'starting':
      return <Starting />
    case 'unreachable':
      return <Unreachable error={state.error} onRetry={session.start} />
    case 'setup':
      return <Setup onSetUp={session.setUp} />
    case 'signed_out':
      return <SignIn onSignIn={session.signIn} />
    case 'signed_in':
      return (
        <WorkspaceContext value={state.workspace}>
          <Screens key={state.workspace.user.id} onSignOut={session.signOut} />
          {state.ended && <SignInAgain onSignIn={session.signIn} email={state.workspace.user.email} />}
        </WorkspaceContext>
      )
  }
}

const readPlaceAhead: ReadAhead = (reads, store) => {
  const place = placeOf(location)
  if (place) readAhead(reads, store, place)
}

function Screens({ onSignOut }: { readonly onSignOut: Session['signOut'] }) {
  useEffect(() => {
    const timer = setTimeout(() => {
      for (const part of [Connect, Settings, Ops]) part.prefetch()
      prefetchLayers()
    }, PREFETCH_AFTER_MS)
    return () => clearTimeout(timer)
  }, [])
  return (
    <Shell>
      <Switch>
        <Route path={patterns.inbox}>
          <Inbox />
        </Route>
        <Route path={patterns.setup}>
          <FirstSteps />
        </Route>
        <Route path={patterns.connect}>
          <Connect />
        </Route>
        <Route path={patterns.ops}>
          <Ops />
        </Route>
        <Route path={patterns.settings}>{({ section }) => <Settings section={section} onSignOut={onSignOut} />}</Route>
        <Route>
          <Redirect to={paths.inbox} replace />
        </Route>
      </Switch>
    </Shell>
  )
}

function Starting() {
  const { words } = useSpeech()
  return (
    <main className="grid h-full place-items-center">
      <Spinner label={words.common.loading} />
    </main>
  )
}

function Unreachable({ error, onRetry }: { readonly error: unknown; readonly onRetry: () => void }) {
  const { words } = useSpeech()
  const errorText = useErrorText()
  return (
    <main className="grid h-full place-content-center justify-items-center gap-4 p-4 text-center">
      <p role="alert">{errorText(error)}</p>
      <Button look="primary" onClick={onRetry}>
        {words.common.retry}
      </Button>
    </main>
  )
}
