import type { Capabilities } from '../../../../contract/capability.ts'
import type { Conversation } from '../../../../contract/conversation.ts'
import { useNow } from '../../../data/hooks.tsx'
import { useSpeech } from '../../../i18n/language.tsx'
import { useComposing } from '../thread/composing.tsx'
import { ClosedWindow, isWindowClosed } from './closed-window.tsx'
import { EditForm } from './edit-form.tsx'
import { TemplatePicker } from './template-dialog.tsx'
import type { Able } from './use-capabilities.tsx'
import type { Tray } from './use-tray.ts'
import { WriteForm } from './write-form.tsx'

interface ComposerProps {
  readonly conversation: Conversation
  readonly able: Able
  readonly tray: Tray
}

/** Where an answer is written. What cannot be sent here is not offered; what is written stays here until it is sent. */
export function Composer({ conversation, able, tray }: ComposerProps) {
  const { words } = useSpeech()
  const { composing, end, wish, setWish } = useComposing()
  const { capabilities } = able
  const now = useNow(10_000, capabilities?.window_closes_at != null)
  const from = capabilities?.from_channel
  if (capabilities && !from) return <p className="border-t border-line bg-surface p-4 text-muted">{whyNot(capabilities, words)}</p>
  if (capabilities && from && isWindowClosed(capabilities, now)) return <ClosedWindow conversation={conversation} channelId={from.id} />
  if (composing?.mode === 'edit') return <EditForm key={composing.message} id={composing.message} onEnd={end} />
  return (
    <>
      <WriteForm conversation={conversation} able={able} tray={tray} />
      {wish?.kind === 'templates' && from && (
        <TemplatePicker conversationId={conversation.id} channelId={from.id} onClose={() => setWish(undefined)} />
      )}
    </>
  )
}

function whyNot({ route_unavailable }: Capabilities, words: ReturnType<typeof useSpeech>['words']): string {
  const reason = route_unavailable?.reason
  return reason ? words.composer.noRoute(words.roads.reasons[reason]) : words.composer.noChannel
}
