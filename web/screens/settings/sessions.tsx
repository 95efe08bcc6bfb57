import { useCallback, useState } from 'react'
import type { Session } from '../../../contract/user.ts'
import { useLoaded, useWorkspace } from '../../data/hooks.tsx'
import { useLateSpeech } from '../../i18n/late.ts'
import { Button } from '../../ui/button.tsx'
import { useAction } from '../use-action.ts'
import { browserName } from './browser-name.ts'
import { Confirm, WhenLoaded } from './card.tsx'

/** Where one is signed in, so that a forgotten browser can be signed out from here. */
export function Sessions() {
  const { words } = useLateSpeech()
  const { client } = useWorkspace()
  const sessions = useLoaded(useCallback((signal: AbortSignal) => client.call('listSessions', { signal }), [client]))
  const [isAsking, setAsking] = useState(false)
  return (
    <section aria-labelledby="sessions" className="grid gap-3 rounded-xl border border-line bg-surface p-4">
      <h2 id="sessions" className="font-semibold">
        {words.sessions.title}
      </h2>
      <WhenLoaded of={sessions}>
        {({ items }) => (
          <>
            <ul className="grid divide-y divide-line">
              {items.map((session) => (
                <Row key={session.id} session={session} onEnded={sessions.reload} />
              ))}
            </ul>
            {items.length > 1 && (
              <Button className="justify-self-start" onClick={() => setAsking(true)}>
                {words.sessions.endOthers}
              </Button>
            )}
          </>
        )}
      </WhenLoaded>
      {isAsking && (
        <Confirm
          title={words.sessions.endOthersTitle}
          text={words.sessions.endOthersText}
          doLabel={words.sessions.endOthers}
          onDo={async () => {
            await client.call('endOtherSessions')
            sessions.reload()
          }}
          onClose={() => setAsking(false)}
        />
      )}
    </section>
  )
}

function Row({ session, onEnded }: { readonly session: Session; readonly onEnded: () => void }) {
  const { words, formats } = useLateSpeech()
  const { client } = useWorkspace()
  const { id, is_current, user_agent = '', address, last_used_at } = session
  const name = browserName(user_agent) || words.sessions.unknown
  const end = useAction(async () => {
    await client.call('endSession', { params: { session_id: id } })
    onEnded()
  })
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-1 py-2">
      <p className="grid min-w-0 flex-1 basis-48">
        <span className="font-medium">{name}</span>
        <span className="text-sm text-muted">
          {is_current ? words.sessions.here : words.sessions.lastUsed(formats.dateTime(last_used_at))}
          {address && (
            <>
              {' · '}
              <bdi dir="ltr">{address}</bdi>
            </>
          )}
        </span>
      </p>
      {!is_current && (
        <Button busy={end.busy} aria-label={words.sessions.endOf(name)} onClick={() => end.run()}>
          {words.sessions.end}
        </Button>
      )}
      {end.error && (
        <p role="alert" className="w-full text-danger">
          {end.error}
        </p>
      )}
    </li>
  )
}
