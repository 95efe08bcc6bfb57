import { useState } from 'react'
import type { MessageId } from '../../../../contract/ids.ts'
import { useStored, useWorkspace } from '../../../data/hooks.tsx'
import { useSpeech } from '../../../i18n/language.tsx'
import { Button } from '../../../ui/button.tsx'
import { useAction } from '../../use-action.ts'

/** Stands in the composer's place while a message is edited; what was being written there is kept. */
export function EditForm({ id, onEnd }: { readonly id: MessageId; readonly onEnd: () => void }) {
  const { words } = useSpeech()
  const { reads } = useWorkspace()
  const message = useStored(`message:${id}`, (store) => store.message(id))
  const before = message && 'text' in message ? (message.text ?? '') : ''
  const [text, setText] = useState(before)
  const edit = useAction(() => reads.edit(id, text.trim()).then(onEnd))
  return (
    <form
      className="grid gap-2 border-t border-line bg-surface p-2 pb-[max(0.5rem,env(safe-area-inset-bottom))]"
      onSubmit={(event) => {
        event.preventDefault()
        if (text.trim() !== '') edit.run()
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
      <div className="flex gap-2">
        <Button type="submit" look="primary" busy={edit.busy} disabled={text.trim() === ''}>
          {words.common.save}
        </Button>
        <Button onClick={onEnd}>{words.common.cancel}</Button>
      </div>
    </form>
  )
}
