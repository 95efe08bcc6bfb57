import { Lock, StickyNote } from 'lucide-react'
import { useRef, useState } from 'react'
import type { Conversation } from '../../../../contract/conversation.ts'
import type { ColleaguesInput } from '../../../../contract/note.ts'
import { useStored, useWorkspace } from '../../../data/hooks.tsx'
import { newId } from '../../../data/new-id.ts'
import { useSpeech } from '../../../i18n/language.tsx'
import { IconButton } from '../../../ui/button.tsx'
import { useAction } from '../../use-action.ts'
import { mentionsIn, ranked, type Trigger } from './suggest.ts'
import { type Suggestion, Suggestions } from './suggestions.tsx'
import { TextField } from './text-field.tsx'
import { useDraft } from './use-draft.ts'
import { usePresence } from './use-presence.ts'
import { useSuggesting } from './use-suggesting.ts'

/** Where something is written that only colleagues read. It never leaves the server, so no number and no time limit stand in its way. */
export function NoteForm({ conversation }: { readonly conversation: Conversation }) {
  const { words } = useSpeech()
  const { reads, store, user } = useWorkspace()
  const field = useRef<HTMLTextAreaElement>(null)
  const typing = usePresence(conversation.id)
  const { text, write, put } = useDraft({ id: conversation.id, mode: 'note', field, onText: typing })
  /** One note is one key, however often its sending is tried. */
  const [key, setKey] = useState(newId)
  const users = useStored('users', () => store.users())
  const people = users.filter(({ id }) => id !== user.id).map(({ id, name }) => ({ contact_id: id, name }))
  const find = ({ kind, query }: Trigger): readonly Suggestion[] =>
    kind === 'mention'
      ? ranked(people, query, ({ name }) => name).map(({ contact_id, name }) => ({ id: contact_id, title: name, piece: `@${name} ` }))
      : []
  const suggesting = useSuggesting({
    find,
    onPick: ({ start, query }, { piece }) => put(start, start + query.length + 1, piece),
  })
  const add = useAction(async () => {
    const said = text.trim()
    const mentions = mentionsIn(said, people).map(({ contact_id, ...place }) => ({ ...place, user_id: contact_id as string }))
    await reads.writeNote(conversation.id, { text: said, mentions: mentions as ColleaguesInput }, key)
    setKey(newId())
    write('')
  })
  const send = () => {
    if (text.trim() !== '') add.run()
  }
  return (
    <form
      className="relative grid grid-cols-1 gap-1 bg-note p-2 pb-[max(0.5rem,env(safe-area-inset-bottom))]"
      onSubmit={(event) => {
        event.preventDefault()
        send()
      }}
    >
      <p className="flex items-center gap-2 px-2 text-sm text-muted">
        <Lock aria-hidden size={14} />
        {words.notes.whoSees}
      </p>
      {suggesting.items.length > 0 && (
        <Suggestions
          id={suggesting.list}
          label={words.composer.mention}
          items={suggesting.items}
          active={suggesting.active}
          onPick={suggesting.pick}
        />
      )}
      <div className="flex items-end gap-1">
        <TextField
          field={field}
          text={text}
          label={words.notes.title}
          placeholder={words.notes.placeholder}
          suggesting={suggesting}
          onText={write}
          onSend={send}
          onUp={() => undefined}
          onEscape={() => undefined}
        />
        <IconButton
          type="submit"
          label={words.notes.add}
          disabled={text.trim() === '' || add.busy}
          className="rounded-full bg-brand text-onbrand hover:bg-brand"
        >
          <StickyNote aria-hidden size={20} />
        </IconButton>
      </div>
      {add.error && (
        <p role="alert" className="px-2 text-danger">
          {add.error}
        </p>
      )}
    </form>
  )
}
