import { type ReactNode, useCallback, useState } from 'react'
import { Link } from 'wouter'
import type { ChannelNotice } from '../../contract/notice.ts'
import { useLoaded, useStored, useWorkspace } from '../data/hooks.tsx'
import { noticeLines } from '../data/notice-lines.ts'
import { useSpeech } from '../i18n/language.tsx'
import { paths } from '../router.ts'
import { Button } from '../ui/button.tsx'

/** As many as the server gives at once. */
const limit = 200

/** What its owner and the admins have to know of a number: that it has fallen, until it is back, and that it is back, once. */
export function NoticeBar() {
  const { words, formats } = useSpeech()
  const { client } = useWorkspace()
  const load = useCallback((signal: AbortSignal) => client.call('listNotices', { query: { limit }, signal }), [client])
  const before = useLoaded(load).value?.items ?? []
  const told = useStored('notices', (store) => store.notices())
  const [hidden, setHidden] = useState<readonly string[]>([])
  return (
    <output className="block">
      {noticeLines(before, told, hidden).map((line) => {
        const onHide = () => setHidden([...hidden, ...line.ids])
        if (line.kind === 'one') return <OfOne key={line.notice.id} notice={line.notice} onHide={onHide} />
        const isDown = line.type === 'channel_down'
        return (
          <Line
            key={line.type}
            isDown={isDown}
            to={isDown ? paths.settingsSection('numbers') : undefined}
            label={words.notices.which}
            onHide={onHide}
          >
            {isDown ? words.notices.manyDown(line.count, formats.dateTime(line.since)) : words.notices.manyBack(line.count)}
          </Line>
        )
      })}
    </output>
  )
}

function OfOne({ notice, onHide }: { readonly notice: ChannelNotice; readonly onHide: () => void }) {
  const { words, formats } = useSpeech()
  const channel = useStored('channels', (store) => store.channel(notice.channel_id))
  const isDown = notice.type === 'channel_down'
  const status = channel === undefined || channel.status === 'connected' ? notice.status : channel.status
  const toConnect = isDown && status === 'logged_out' ? paths.connect : undefined
  return (
    <Line isDown={isDown} to={toConnect} label={words.thread.reconnect} onHide={onHide}>
      {isDown
        ? words.notices.down(notice.channel_name, words.channelStatuses[status], formats.dateTime(notice.since))
        : words.notices.back(notice.channel_name)}
    </Line>
  )
}

interface LineProps {
  readonly isDown: boolean
  /** Where something can be done about it, and the words for that. */
  readonly to: string | undefined
  readonly label: string
  readonly onHide: () => void
  readonly children: ReactNode
}

function Line({ isDown, to, label, onHide, children }: LineProps) {
  const { words } = useSpeech()
  return (
    <span className={`flex flex-wrap items-center justify-center gap-x-4 bg-surface2 px-4 py-1 ${isDown ? 'text-warn' : 'text-brand'}`}>
      {children}
      {to !== undefined && (
        <Link to={to} className="target inline-flex items-center font-medium text-brand underline">
          {label}
        </Link>
      )}
      <Button onClick={onHide}>{words.notices.hide}</Button>
    </span>
  )
}
