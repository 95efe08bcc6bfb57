import { Info } from 'lucide-react'
import { useState } from 'react'
import type { ChannelId, ConversationId } from '../../../../contract/ids.ts'
import { useStored, useWorkspace } from '../../../data/hooks.tsx'
import { useThreadLateWords } from '../../../i18n/thread-late.ts'
import { Button } from '../../../ui/button.tsx'

interface StrangerNoticeProps {
  readonly id: ConversationId
  /** The number that would be written from. */
  readonly from: ChannelId
}

/**
 * What one risks by writing first, told to each person until they have read it, where nothing was said in the chat yet. Only numbers that have
 * a pace are banned for it: what has none takes no harm by writing to strangers.
 */
export function StrangerNotice({ id, from }: StrangerNoticeProps) {
  const late = useThreadLateWords()
  const { store, user } = useWorkspace()
  const name = `mistok.stranger.${user.id}`
  const [isRead, setRead] = useState(() => localStorage.getItem(name) !== null)
  const isDirect = useStored(`conversation:${id}`, () => store.conversation(id)?.type === 'direct')
  const isWatched = useStored('channels', () => store.channel(from)?.pace !== undefined)
  if (isRead || !isDirect || !isWatched) return null
  const read = () => {
    setRead(true)
    try {
      localStorage.setItem(name, '1')
    } catch {
      // Where nothing may be kept it is said again.
    }
  }
  return (
    <div role="status" className="flex flex-wrap items-center gap-x-3 rounded-lg bg-surface2 ps-3 text-sm">
      <Info aria-hidden size={18} className="shrink-0 text-warn" />
      <p className="min-w-0 flex-1 basis-56 py-1">{late.stranger}</p>
      <Button look="quiet" className="ms-auto" onClick={read}>
        {late.understood}
      </Button>
    </div>
  )
}
