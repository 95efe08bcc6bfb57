import { useEffect } from 'react'
import { useLocation } from 'wouter'
import type { Message } from '../../contract/message.ts'
import { useWorkspace } from '../data/hooks.tsx'
import { useSpeech } from '../i18n/language.tsx'
import { placeAddress } from '../router.ts'
import { nameOf } from '../screens/inbox/name-of.ts'
import { preferences } from './use-preferences.ts'
import { isWorthTelling } from './worth-telling.ts'

/** Held by the tab that somebody looks at, so that the tab which tells knows of it. */
const FOCUS = 'mistok.focus'

/** Tells of new messages by the browser while nobody looks at the page. One tab tells for all of them. */
export function useNotifications(): void {
  const { words } = useSpeech()
  const [, navigate] = useLocation()
  const { onEvent, leads, store, reads, user } = useWorkspace()
  useEffect(holdFocus, [])
  useEffect(() => {
    const tell = async (message: Message) => {
      const id = message.conversation_id
      if (!store.conversation(id)) await reads.conversation(id)
      const conversation = store.conversation(id)
      const { notify: rule, preview, sound } = preferences()
      if (!conversation || !isWorthTelling(message, { conversation, rule, me: user.id, now: Date.now() }) || (await isLookedAt())) return
      const text = ('text' in message && message.text) || words.kinds[message.type]
      const body = preview ? text : words.notify.hidden
      const shown = new Notification(nameOf(conversation), { body, tag: id, icon: '/icon-192.png', silent: !sound })
      shown.addEventListener('click', () => {
        shown.close()
        focus()
        navigate(placeAddress({ id }))
      })
    }
    return onEvent((event) => {
      if (event.type !== 'message.created' || !leads() || !canNotify()) return
      // What cannot be told, for want of a network or of the browser's leave, is still in the list.
      tell(event.data).catch(() => undefined)
    })
  }, [onEvent, leads, store, reads, user, navigate, words])
}

/** Whether the browser lets the page tell. */
function canNotify(): boolean {
  return 'Notification' in globalThis && Notification.permission === 'granted'
}

async function isLookedAt(): Promise<boolean> {
  if (document.hasFocus()) return true
  if (!('locks' in navigator)) return false
  const { held = [] } = await navigator.locks.query()
  return held.some(({ name }) => name === FOCUS)
}

function holdFocus(): (() => void) | undefined {
  if (!('locks' in navigator)) return undefined
  let release = new AbortController()
  const hold = () => {
    const { signal } = release
    const untilBlur = () => new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))
    navigator.locks.request(FOCUS, { mode: 'shared' }, untilBlur).catch(() => undefined)
  }
  const letGo = () => {
    release.abort()
    release = new AbortController()
  }
  if (document.hasFocus()) hold()
  addEventListener('focus', hold)
  addEventListener('blur', letGo)
  return () => {
    removeEventListener('focus', hold)
    removeEventListener('blur', letGo)
    letGo()
  }
}
