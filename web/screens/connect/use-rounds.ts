import { useEffect, useRef, useSyncExternalStore } from 'react'
import type { Login } from '../../../contract/login.ts'

/** So many rounds of QR codes begin by themselves; then somebody has to ask for more, as WhatsApp counts the tries. */
const ROUNDS = 3

/** What comes after a round of codes: the next at once, the next when somebody looks again, or nothing. */
export type NextRound = 'now' | 'when_seen' | 'none'

/** Whether every code of this login has run out unused. */
export function isTimeUp({ method, status, error }: Login): boolean {
  return method === 'qr' && (status === 'expired' || (status === 'failed' && error?.code === 'code_expired'))
}

/** Begins the next round of QR codes when one is over, as long as somebody looks at the page. `begin` is called once for each login that ran out. */
export function useRounds(
  login: Login | undefined,
  isOurs: boolean,
  begin: () => void,
): { readonly next: NextRound; readonly anew: () => void } {
  const rounds = useRef(1)
  const followed = useRef<string>(undefined)
  const isSeen = useSyncExternalStore(watchSeen, () => !document.hidden)
  const over = isOurs && login !== undefined && isTimeUp(login) ? login.id : undefined
  const goesOn = over !== undefined && (rounds.current < ROUNDS || followed.current === over)
  useEffect(() => {
    if (!goesOn || !isSeen || followed.current === over) return
    followed.current = over
    rounds.current += 1
    begin()
    // What is begun is the same whoever asks.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [goesOn, isSeen, over])
  return {
    next: goesOn ? (isSeen ? 'now' : 'when_seen') : 'none',
    anew: () => {
      rounds.current = 1
    },
  }
}

function watchSeen(listener: () => void): () => void {
  document.addEventListener('visibilitychange', listener)
  return () => document.removeEventListener('visibilitychange', listener)
}
