import { useState } from 'react'
import type { Capabilities } from '../../../../contract/capability.ts'
import type { Conversation } from '../../../../contract/conversation.ts'
import type { DraftMode } from '../../../../contract/draft.ts'
import { useNow } from '../../../data/hooks.tsx'
import { useSpeech } from '../../../i18n/language.tsx'
import { onDemand } from '../../../ui/on-demand.tsx'
import { useComposing } from '../thread/composing.tsx'
import { ClosedWindow, isWindowClosed } from './closed-window.tsx'
import { ColleaguesLine } from './colleagues-line.tsx'
import { TemplatePicker } from './template-dialog.tsx'
import type { Able } from './use-capabilities.tsx'
import type { Tray } from './use-tray.ts'
import { WriteForm } from './write-form.tsx'

const EditForm = onDemand(() => import('./edit-form.tsx').then((part) => part.EditForm))
const NoteForm = onDemand(() => import('./note-form.tsx').then((part) => part.NoteForm))

interface ComposerProps {
  readonly conversation: Conversation
  readonly able: Able
  readonly tray: Tray
}

/** Where an answer or a note is written. What cannot be sent here is not offered; what is written stays here until it is sent. */
export function Composer({ conversation, able, tray }: ComposerProps) {
  const { wish, setWish, composing, end } = useComposing()
  const [mode, setMode] = useState<DraftMode>('reply')
  const from = able.capabilities?.from_channel
  if (composing?.mode === 'edit') return <EditForm key={composing.message} id={composing.message} onEnd={end} />
  return (
    <>
      <ColleaguesLine id={conversation.id} />
      <Modes mode={mode} onMode={setMode} />
      {mode === 'note' ? <NoteForm conversation={conversation} /> : <Reply conversation={conversation} able={able} tray={tray} />}
      {wish?.kind === 'templates' && from && (
        <TemplatePicker conversationId={conversation.id} channelId={from.id} onClose={() => setWish(undefined)} />
      )}
    </>
  )
}

/** To the contact or to colleagues: never changed by itself. */
function Modes({ mode, onMode }: { readonly mode: DraftMode; readonly onMode: (mode: DraftMode) => void }) {
  const { words } = useSpeech()
  return (
    <div
      role="group"
      aria-label={words.notes.modes}
      className={`flex gap-1 border-t border-line px-2 pt-1 ${mode === 'note' ? 'bg-note' : 'bg-surface'}`}
    >
      {draftModes.map((one) => (
        <button
          key={one}
          type="button"
          aria-pressed={mode === one}
          onClick={() => onMode(one)}
          className="min-h-7 rounded-full px-3 text-sm text-muted aria-pressed:bg-fg/10 aria-pressed:font-medium aria-pressed:text-fg pointer-coarse:min-h-11"
        >
          {words.notes.mode[one]}
        </button>
      ))}
    </div>
  )
}

/** An answer to the contact, or why none can be given. */
function Reply({ conversation, able, tray }: ComposerProps) {
  const { words } = useSpeech()
  const { capabilities } = able
  const now = useNow(10_000, capabilities?.window_closes_at != null)
  const from = capabilities?.from_channel
  if (capabilities && !from) return <p className="bg-surface p-4 text-muted">{whyNot(capabilities, words)}</p>
  if (capabilities && from && isWindowClosed(capabilities, now)) return <ClosedWindow conversation={conversation} channelId={from.id} />
  return <WriteForm conversation={conversation} able={able} tray={tray} />
}

const draftModes = ['reply', 'note'] as const satisfies readonly DraftMode[]

function whyNot({ route_unavailable }: Capabilities, words: ReturnType<typeof useSpeech>['words']): string {
  const reason = route_unavailable?.reason
  return reason ? words.composer.noRoute(words.routeReasons[reason]) : words.composer.noChannel
}
