import { useEffect, useRef, useState } from 'react'
import type { Conversation } from '../../../../contract/conversation.ts'
import { useWorkspace } from '../../../data/hooks.tsx'
import type { Thread } from '../../../data/thread.ts'
import { useSpeech } from '../../../i18n/language.tsx'

/** What a screen reader is told of the open conversation: only messages that come in while it is open, never scrolled ones. */
export function useAnnouncement(id: Conversation['id'], { rows, state }: Thread): string {
  const { store } = useWorkspace()
  const { words } = useSpeech()
  const [news, setNews] = useState('')
  const told = useRef<string>(undefined)
  const last = rows.at(-1)
  useEffect(() => {
    if (state !== 'ready' || !last) return
    const isNew = told.current !== undefined && told.current < last.at
    told.current = last.at
    const message = store.message(last.id)
    if (!isNew || message?.direction !== 'inbound') return
    setNews(`${message.sender.name}: ${'text' in message && message.text ? message.text : words.kinds[message.type]}`)
  }, [id, store, words, state, last])
  return news
}
