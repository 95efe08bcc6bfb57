import { useCallback } from 'react'
import type { Channel } from '../../../contract/channel.ts'
import type { ExcludedChat } from '../../../contract/copying.ts'
import { useLoaded, useWorkspace } from '../../data/hooks.tsx'
import { useLateSpeech } from '../../i18n/late.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { useAction } from '../use-action.ts'
import { WhenLoaded } from './card.tsx'

/** The chats of a number that its owner keeps out of the inbox, and letting them in again. */
export function ExcludedChats({ channel, onClose }: { readonly channel: Channel; readonly onClose: () => void }) {
  const { words } = useLateSpeech()
  const { client } = useWorkspace()
  const load = useCallback(
    (signal: AbortSignal) => client.call('listExcludedChats', { params: { channel_id: channel.id }, query: { limit: 200 }, signal }),
    [client, channel.id],
  )
  const chats = useLoaded(load)
  return (
    <Dialog title={words.numbers.excluded} closeLabel={words.common.close} onClose={onClose}>
      <p className="text-muted">{words.numbers.excludedText}</p>
      <WhenLoaded of={chats}>
        {({ items }) => (
          <ul className="grid gap-2">
            {items.length === 0 && <li>{words.numbers.noneExcluded}</li>}
            {items.map((chat) => (
              <Excluded key={chat.conversation_id} channel={channel} chat={chat} onIncluded={chats.reload} />
            ))}
          </ul>
        )}
      </WhenLoaded>
    </Dialog>
  )
}

interface ExcludedProps {
  readonly channel: Channel
  readonly chat: ExcludedChat
  readonly onIncluded: () => void
}

function Excluded({ channel, chat: { conversation_id, name, phone, left_out }, onIncluded }: ExcludedProps) {
  const { words } = useLateSpeech()
  const { client } = useWorkspace()
  const include = useAction(async () => {
    await client.call('includeChat', { params: { channel_id: channel.id, conversation_id } })
    onIncluded()
  })
  const title = name || phone || ''
  return (
    <li className="flex flex-wrap items-center gap-2">
      <span className="min-w-0 flex-1">
        <bdi className="block truncate">{title}</bdi>
        <span className="text-sm text-muted">{words.numbers.leftOut(left_out)}</span>
      </span>
      <Button busy={include.busy} aria-label={`${words.numbers.include}: ${title}`} onClick={() => include.run()}>
        {words.numbers.include}
      </Button>
      {include.error && (
        <p role="alert" className="w-full text-danger">
          {include.error}
        </p>
      )}
    </li>
  )
}
