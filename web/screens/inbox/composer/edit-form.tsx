import { useState } from 'react'
import type { MessageId } from '../../../../contract/ids.ts'
import { useNow, useStored, useWorkspace } from '../../../data/hooks.tsx'
import { useSpeech } from '../../../i18n/language.tsx'
import { useThreadLateWords } from '../../../i18n/thread-late.ts'
import { Button } from '../../../ui/button.tsx'
import { useAction } from '../../use-action.ts'
import { useComposing } from '../thread/composing.tsx'
import { timeLeft } from '../thread/message-age.ts'

/** From when on one is told how long it may still be changed, in milliseconds. */
const LAST_MS = 60_000

/**
 * Stands in the composer's place while a message is edited; what was being written there is kept. When WhatsApp takes no change any more,
 * what was typed stays, and can become a new message.
 */
export function EditForm({ id, onEnd }: { readonly id: MessageId; readonly onEnd: () => void }) {
  const { words } = useSpeech()
  const late = useThreadLateWords().editing
  const { reads, drafts } = useWorkspace()
  const message = useStored(`message:${id}`, (store) => store.message(id))
  const before = message && 'text' in message ? (message.text ?? '') : ''
  const [text, setText] = useState(before)
  const left = useTimeLeft(message)
  const edit = useAction(() => reads.edit(id, text.trim()).then(onEnd))
  const isOver = left === 0
  const asNew = () => {
    if (!message) return
    const { conversation_id } = message
    drafts.set(conversation_id, [drafts.get(conversation_id), text].filter(Boolean).join('\n'))
    onEnd()
  }
  return (
    <form
      className="grid gap-2 border-t border-line bg-surface p-2 pb-[max(0.5rem,env(safe-area-inset-bottom))]"
      onSubmit={(event) => {
        event.preventDefault()
        if (text.trim() !== '' && !isOver) edit.run()
      }}
    >
      <textarea
        // It was asked for by a press on a button.
        // oxlint-disable-next-line jsx-a11y/no-autofocus
        autoFocus
        rows={2}
        dir="auto"
        aria-label={words.composer.editing}
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => event.key === 'Escape' && onEnd()}
        className="target field-sizing-content max-h-44 w-full resize-none rounded-lg border border-control bg-surface px-3 py-2 text-[0.9375rem]"
      />
      {edit.error && (
        <p role="alert" className="text-danger">
          {edit.error}
        </p>
      )}
      {isOver && (
        <p role="alert" className="px-1 text-warn">
          {late.over}
        </p>
      )}
      <div className="flex flex-wrap items-center gap-2">
        {isOver ? (
          <Button look="primary" disabled={text.trim() === ''} onClick={asNew}>
            {late.asNew}
          </Button>
        ) : (
          <Button type="submit" look="primary" busy={edit.busy} disabled={text.trim() === ''}>
            {words.common.save}
          </Button>
        )}
        <Button onClick={onEnd}>{words.common.cancel}</Button>
        <Countdown left={left} />
      </div>
    </form>
  )
}

/** How long it may still be changed, in the last minute of it. Not said aloud each second; that it is over is. */
function Countdown({ left }: { readonly left: number | undefined }) {
  const { formats } = useSpeech()
  const late = useThreadLateWords()
  if (left === undefined || left === 0 || left > LAST_MS) return null
  return (
    <p role="timer" className="ms-auto px-1 text-sm text-warn tabular-nums">
      {late.editing.left(formats.duration(left))}
    </p>
  )
}

/** See `timeLeft`; counted down by the second. */
function useTimeLeft(message: { readonly sent_at: string } | undefined): number | undefined {
  const { capabilities } = useComposing()
  const now = useNow(1_000)
  return message && timeLeft(message, capabilities?.edit, now)
}
