import { type ClipboardEvent, type DragEvent, useState } from 'react'
import { Link } from 'wouter'
import type { ChannelStatus } from '../../../contract/channel.ts'
import type { Conversation } from '../../../contract/conversation.ts'
import type { ConversationId } from '../../../contract/ids.ts'
import { useConversation, useStored } from '../../data/hooks.tsx'
import { useSpeech } from '../../i18n/language.tsx'
import { paths } from '../../router.ts'
import { Spinner } from '../../ui/spinner.tsx'
import { useToast } from '../../ui/toast.tsx'
import { Composer } from './composer/composer.tsx'
import { useCapabilities } from './composer/use-capabilities.tsx'
import { ComposingScope } from './thread/composing.tsx'
import { ConversationHeader } from './header/conversation-header.tsx'
import { usePlace } from './use-place.ts'
import { FailedBar } from './thread/failed-bar.tsx'
import { Thread } from './thread/thread.tsx'

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
  const { file, setFile, isOver, dropZone } = useDroppedFile()
  const able = useCapabilities(conversation)
  const { place } = usePlace()
  return (
    <div className="relative flex h-full min-h-0 flex-col" {...dropZone}>
      <ConversationHeader conversation={conversation} />
      <NumberState conversation={conversation} />
      <ComposingScope capabilities={able.capabilities} sought={place.message}>
        <Thread conversation={conversation} />
        <FailedBar id={conversation.id} />
        <Composer conversation={conversation} able={able} file={file} onFile={setFile} />
      </ComposingScope>
      {isOver && (
        <p className="pointer-events-none absolute inset-2 z-10 grid place-items-center rounded-xl border-2 border-dashed border-brand bg-surface text-lg">
          {words.composer.drop}
        </p>
      )}
    </div>
  )
}

/** The one file that is to be sent next; dropped or pasted here, or picked in the composer. */
function useDroppedFile() {
  const { words } = useSpeech()
  const toast = useToast()
  const [file, setFile] = useState<File>()
  const [isOver, setOver] = useState(false)
  const take = (files: FileList) => {
    if (files.length > 1) toast(words.composer.oneFile)
    setFile(files[0])
  }
  const dropZone = {
    onDragOver: (event: DragEvent) => {
      if (!event.dataTransfer.types.includes('Files')) return
      event.preventDefault()
      setOver(true)
    },
    onDragLeave: (event: DragEvent) => event.currentTarget.contains(event.relatedTarget as Node | null) || setOver(false),
    onDrop: (event: DragEvent) => {
      setOver(false)
      if (event.dataTransfer.files.length === 0) return
      event.preventDefault()
      take(event.dataTransfer.files)
    },
    onPaste: (event: ClipboardEvent) => {
      if (event.clipboardData.files.length === 0) return
      event.preventDefault()
      take(event.clipboardData.files)
    },
  }
  return { file, setFile, isOver, dropZone }
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
