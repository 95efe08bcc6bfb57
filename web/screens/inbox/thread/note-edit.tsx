import { useState } from 'react'
import type { Note } from '../../../../contract/note.ts'
import { useWorkspace } from '../../../data/hooks.tsx'
import { useSpeech } from '../../../i18n/language.tsx'
import { Button } from '../../../ui/button.tsx'
import { useAction } from '../../use-action.ts'

/** Stands in a note's place while its text is changed. Colleagues whom the text still names stay named. */
export function NoteEdit({ note, onEnd }: { readonly note: Note; readonly onEnd: () => void }) {
  const { words } = useSpeech()
  const { reads } = useWorkspace()
  const [text, setText] = useState(note.text)
  const save = useAction(() => {
    const said = text.trim()
    const mentions = note.mentions.flatMap((mention) => {
      const name = note.text.slice(mention.offset, mention.offset + mention.length)
      const offset = said.indexOf(name)
      return offset < 0 ? [] : [{ ...mention, offset }]
    })
    return reads.changeNote(note.id, { text: said, mentions }).then(onEnd)
  })
  return (
    <form
      className="grid gap-2 pt-1"
      onSubmit={(event) => {
        event.preventDefault()
        if (text.trim() !== '') save.run()
      }}
    >
      <textarea
        // It was asked for by a press on a button.
        // oxlint-disable-next-line jsx-a11y/no-autofocus
        autoFocus
        rows={2}
        dir="auto"
        aria-label={words.notes.edit}
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => event.key === 'Escape' && onEnd()}
        className="field-sizing-content max-h-44 w-full resize-none rounded-lg border border-control bg-surface px-3 py-2"
      />
      {save.error && <p role="alert">{save.error}</p>}
      <div className="flex gap-2">
        <Button type="submit" look="primary" busy={save.busy} disabled={text.trim() === ''}>
          {words.common.save}
        </Button>
        <Button onClick={onEnd}>{words.common.cancel}</Button>
      </div>
    </form>
  )
}
