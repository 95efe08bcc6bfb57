import { useCallback, useState } from 'react'
import { Link } from 'wouter'
import type { Notice } from '../../contract/notice.ts'
import { useLoaded, useStored, useWorkspace } from '../data/hooks.tsx'
import { useSpeech } from '../i18n/language.tsx'
import { paths } from '../router.ts'
import { Button } from '../ui/button.tsx'

/** What its owner and the admins have to know of a number: that it has fallen, until it is back, and that it is back, once. */
export function NoticeBar() {
  const { client } = useWorkspace()
  const load = useCallback((signal: AbortSignal) => client.call('listNotices', { query: { limit: 50 }, signal }), [client])
  const before = useLoaded(load).value?.items ?? []
  const told = useStored('notices', (store) => store.notices())
  const [hidden, setHidden] = useState<readonly string[]>([])
  const byAge = [...before, ...told].toSorted((a, b) => (a.id < b.id ? -1 : 1))
  const newest = new Map(byAge.map((notice) => [notice.channel_id, notice])).values()
  const isNews = (notice: Notice) => notice.type === 'channel_down' || told.some(({ id }) => id === notice.id)
  const shown = [...newest].filter((notice) => isNews(notice) && !hidden.includes(notice.id))
  return (
    <output className="block">
      {shown.map((notice) => (
        <Line key={notice.id} notice={notice} onHide={() => setHidden([...hidden, notice.id])} />
      ))}
    </output>
  )
}

function Line({ notice, onHide }: { readonly notice: Notice; readonly onHide: () => void }) {
  const { words, formats } = useSpeech()
  const channel = useStored('channels', (store) => store.channel(notice.channel_id))
  const isDown = notice.type === 'channel_down'
  const status = channel === undefined || channel.status === 'connected' ? notice.status : channel.status
  const text = isDown
    ? words.notices.down(notice.channel_name, words.channelStatuses[status], formats.dateTime(notice.since))
    : words.notices.back(notice.channel_name)
  return (
    <span className={`flex flex-wrap items-center justify-center gap-x-4 bg-surface2 px-4 py-1 ${isDown ? 'text-warn' : 'text-brand'}`}>
      {text}
      {isDown && status === 'logged_out' && (
        <Link to={paths.connect} className="target inline-flex items-center font-medium text-brand underline">
          {words.thread.reconnect}
        </Link>
      )}
      <Button onClick={onHide}>{words.notices.hide}</Button>
    </span>
  )
}
