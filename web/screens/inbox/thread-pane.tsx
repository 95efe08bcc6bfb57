import { useRef } from 'react'
import { Link } from 'wouter'
import type { ChannelStatus } from '../../../contract/channel.ts'
import type { Conversation } from '../../../contract/conversation.ts'
import type { ConversationId } from '../../../contract/ids.ts'
import { useConversation, useStored } from '../../data/hooks.tsx'
import { useSpeech } from '../../i18n/language.tsx'
import { paths } from '../../router.ts'
import { onDemand } from '../../ui/on-demand.tsx'
import { Spinner } from '../../ui/spinner.tsx'
import { Composer } from './composer/composer.tsx'
import { useCapabilities } from './composer/use-capabilities.tsx'
import { useTray } from './composer/use-tray.ts'
import { ComposingScope } from './thread/composing.tsx'
import { ConversationHeader } from './header/conversation-header.tsx'
import { usePlace } from './use-place.ts'
import { Thread } from './thread/thread.tsx'

const FailedBar = onDemand(() => import('./thread/failed-bar.tsx').then((part) => part.FailedBar))
const HitsBar = onDemand(() => import('./hits/hits-bar.tsx').then((part) => part.HitsBar))

/** The open conversation: with whom, what was said, and where to answer. */
export function ThreadPane({ id }: { readonly id: ConversationId }) {
  const { words } = useSpeech()
  const conversation = useConversation(id)
  if (conversation === null) return <Missing />
  if (conversation) return <OpenThread conversation={conversation} />
  return (
    <div className="grid h-full place-items-center">
      <Spinner label={words.common.loading} />
    </div>
  )
}

/** A file may be dropped anywhere on it. */
function OpenThread({ conversation }: { readonly conversation: Conversation }) {
  const { words } = useSpeech()
  const { tray, isOver, dropZone } = useTray(conversation.id)
  const able = useCapabilities(conversation)
  const { place } = usePlace()
  const pane = useRef<HTMLDivElement>(null)
  return (
    <div ref={pane} className="relative flex h-full min-h-0 flex-col" {...dropZone}>
      <ConversationHeader conversation={conversation} />
      {place.message && place.q.length > 1 && <HitsBar id={conversation.id} q={place.q} at={place.message} pane={pane} />}
      <NumberState conversation={conversation} />
      <ComposingScope id={conversation.id} capabilities={able.capabilities} sought={place.message}>
        <Thread conversation={conversation} />
        <Failures id={conversation.id} />
        <Composer conversation={conversation} able={able} tray={tray} />
      </ComposingScope>
      {isOver && (
        <p className="pointer-events-none absolute inset-2 z-10 grid place-items-center rounded-xl border-2 border-dashed border-brand bg-surface text-lg">
          {words.composer.drop}
        </p>
      )}
    </div>
  )
}

/** What was not sent says so itself; of several it is said together. */
function Failures({ id }: { readonly id: ConversationId }) {
  const hasSeveral = useStored(`thread:${id}`, (store) => {
    const { failed, failedSends } = store.thread(id)
    return failed.length + failedSends.length > 1
  })
  return hasSeveral && <FailedBar id={id} />
}

/** The states of a number in which its people should know that messages may not pass. */
const troubled: Record<ChannelStatus, boolean> = {
  connecting: false,
  connected: false,
  degraded: false,
  silent: false,
  phone_offline_soon: true,
  restricted: true,
  logged_out: true,
  banned: true,
}

function NumberState({ conversation }: { readonly conversation: Conversation }) {
  const { words } = useSpeech()
  const channel = useStored('channels', (store) => store.channel(conversation.channel_id))
  if (!channel || !troubled[channel.status]) return null
  return (
    <output className="flex flex-wrap items-center gap-x-4 bg-surface2 px-4 py-2 text-warn">
      {words.thread.numberDown(channel.name || channel.phone, words.channelStatuses[channel.status])}
      {channel.status === 'logged_out' && (
        <Link to={paths.connect} className="target inline-flex items-center font-medium text-brand underline">
          {words.thread.reconnect}
        </Link>
      )}
    </output>
  )
}

function Missing() {
  const { words } = useSpeech()
  return (
    <div className="grid h-full place-content-center justify-items-center gap-4 p-4 text-center">
      <h1 className="text-lg">{words.thread.missing}</h1>
      <Link to={paths.inbox} className="target inline-flex items-center text-brand underline">
        {words.thread.toInbox}
      </Link>
    </div>
  )
}
