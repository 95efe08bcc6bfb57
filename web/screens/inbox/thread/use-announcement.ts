import { useEffect, useState } from 'react'
import type { Conversation } from '../../../../contract/conversation.ts'
import { useWorkspace } from '../../../data/hooks.tsx'
import { useSpeech } from '../../../i18n/language.tsx'
import { createAnnouncer } from './announcer.ts'

/** What a screen reader is told of the open conversation: only what comes in while it is open, never what is scrolled to or was before. */
export function useAnnouncement(id: Conversation['id']): string {
  const { onEvent } = useWorkspace()
  const { words } = useSpeech()
  const [news, setNews] = useState('')
  useEffect(() => {
    // A sentence that is the same as the last one would not be said: a space makes it another.
    const say = (text: string) => setNews((last) => (last === text ? `${text}\u00A0` : text))
    const announcer = createAnnouncer({ later, say, more: words.thread.moreNews })
    const leave = onEvent(({ type, data }) => {
      if (type !== 'message.created' || data.conversation_id !== id || data.direction !== 'inbound' || data.origin === 'history') return
      announcer.tell(`${data.sender.name}: ${'text' in data && data.text ? data.text : words.kinds[data.type]}`)
    })
    return () => {
      leave()
      announcer.close()
    }
  }, [id, onEvent, words])
  return news
}

function later(ms: number, run: () => void): () => void {
  const timer = setTimeout(run, ms)
  return () => clearTimeout(timer)
}
