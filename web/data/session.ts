import { useCallback, useEffect, useMemo, useRef, useState } from 'react'
import type { Call } from '../../contract/api.ts'
import type { User } from '../../contract/user.ts'
import { ApiError } from './api-error.ts'
import { type Client, createClient } from './client.ts'
import { newId } from './new-id.ts'
import { sendForm } from './upload.ts'
import { openWorkspace, type ReadAhead, type Workspace } from './workspace.ts'

/** Whether somebody is signed in. `ended`: the session is over, and the page stays as it is until somebody signs in again. */
export type SessionState =
  | { readonly kind: 'starting' }
  | { readonly kind: 'unreachable'; readonly error: unknown }
  | { readonly kind: 'setup' }
  | { readonly kind: 'signed_out' }
  | { readonly kind: 'signed_in'; readonly workspace: Workspace; readonly ended: boolean }

export interface Session {
  readonly state: SessionState
  readonly start: () => void
  readonly signIn: (input: Call<'login'>['body']) => Promise<void>
  readonly setUp: (input: Call<'setup'>['body']) => Promise<void>
  readonly signOut: () => Promise<void>
}

/** Who is signed in, and the ways in and out. A workspace is open exactly as long as its person is. `readAhead` stays the same function. */
export function useSession(readAhead: ReadAhead): Session {
  const [state, setState] = useState<SessionState>({ kind: 'starting' })
  const [attempt, setAttempt] = useState(0)
  const opened = useRef<Workspace>(undefined)

  const leave = useCallback((ended: boolean) => {
    const workspace = opened.current
    workspace?.close()
    opened.current = undefined
    if (!ended) setState({ kind: 'signed_out' })
    else if (workspace) setState({ kind: 'signed_in', workspace, ended })
  }, [])

  const client = useMemo(
    () =>
      createClient({ fetch: globalThis.fetch.bind(globalThis), sendForm, newId, onUnauthenticated: () => opened.current && leave(true) }),
    [leave],
  )

  const enter = useCallback(
    async (user: User, cursor?: string) => {
      opened.current?.close()
      const workspace = openWorkspace({ user, cursor, client, newId, readAhead, onSignedOut: () => leave(true) })
      opened.current = workspace
      await workspace.begun
      if (opened.current === workspace) setState({ kind: 'signed_in', workspace, ended: false })
    },
    [client, leave, readAhead],
  )

  useEffect(() => {
    let isGone = false
    const show = (next: SessionState) => isGone || setState(next)
    findOut(client).then(
      (found) => {
        if (found === 'setup') show({ kind: found })
        else if (found === 'signed_out') show({ kind: found })
        else if (!isGone) void enter(found.user, found.cursor)
      },
      (error: unknown) => show({ kind: 'unreachable', error }),
    )
    return () => {
      isGone = true
      opened.current?.close()
      opened.current = undefined
    }
  }, [client, enter, attempt])

  return {
    state,
    start: () => {
      setState({ kind: 'starting' })
      setAttempt((count) => count + 1)
    },
    signIn: async (body) => enter(await client.call('login', { body })),
    setUp: async (body) => enter(await client.call('setup', { body })),
    signOut: async () => {
      await client.call('logout')
      leave(false)
    },
  }
}

/** Both are asked for by the head of the page already (`index.html`), while its script is still on the way. */
async function findOut({ call }: Client): Promise<{ readonly user: User; readonly cursor: string | undefined } | 'setup' | 'signed_out'> {
  const cursor = call('listEvents', { query: { limit: 1 } }).then(
    ({ next_cursor }) => next_cursor,
    () => undefined,
  )
  try {
    return { user: await call('getMe'), cursor: await cursor }
  } catch (error) {
    if (!(error instanceof ApiError) || error.code !== 'unauthenticated') throw error
    return (await call('getSetup')).needed ? 'setup' : 'signed_out'
  }
}
