import { Lock, Pencil, Trash2 } from 'lucide-react'
import { memo, useMemo, useState } from 'react'
import type { ConversationId } from '../../../../contract/ids.ts'
import type { Note } from '../../../../contract/note.ts'
import { useStored, useWorkspace } from '../../../data/hooks.tsx'
import { useSpeech } from '../../../i18n/language.tsx'
import { Button, IconButton } from '../../../ui/button.tsx'
import { onDemand } from '../../../ui/on-demand.tsx'
import { useAction } from '../../use-action.ts'
import type { NoteItem } from './items.ts'
import { RowFocus } from './row-focus.ts'
import { RichText } from './text/rich-text.tsx'

const NoteEdit = onDemand(() => import('./note-edit.tsx').then((part) => part.NoteEdit))

interface NoteRowProps {
  readonly conversation: ConversationId
  readonly item: NoteItem
  readonly position: number
  readonly isCurrent: boolean
}

/** What a colleague has written for colleagues; it looks like nothing that is sent. */
export const NoteRow = memo(function NoteRow({ conversation, item, position, isCurrent }: NoteRowProps) {
  const { words, formats } = useSpeech()
  const { user } = useWorkspace()
  const note = useStored(`notes:${conversation}`, (store) => store.notes(conversation)?.find(({ id }) => id === item.note))
  const [isEditing, setEditing] = useState(false)
  if (!note) return null
  const isMine = note.author.id === user.id
  return (
    <article
      aria-label={[words.notes.title, note.author.name, formats.dateTime(note.created_at)].join(', ')}
      aria-posinset={position}
      aria-setsize={-1}
      data-row={item.key}
      tabIndex={-1}
      className="group rounded-lg py-1"
    >
      <RowFocus value={isCurrent}>
        <div className="relative rounded-xl bg-note px-3 py-2 text-[0.9375rem]">
          <header className="flex flex-wrap items-center gap-x-2 text-sm text-muted">
            <Lock aria-hidden size={14} className="shrink-0" />
            <bdi className="font-medium text-fg">{note.author.name}</bdi>
            <span>{words.notes.whoSees}</span>
            <span className="ms-auto flex items-center gap-2 text-xs">
              {note.edited_at && <span title={formats.dateTime(note.edited_at)}>{words.thread.edited}</span>}
              <time dateTime={note.created_at} title={formats.dateTime(note.created_at)}>
                {formats.time(note.created_at)}
              </time>
            </span>
          </header>
          {isEditing ? <NoteEdit note={note} onEnd={() => setEditing(false)} /> : <NoteText note={note} />}
          {!isEditing && (isMine || user.role === 'admin') && (
            <NoteTools note={note} isMine={isMine} isCurrent={isCurrent} onEdit={() => setEditing(true)} />
          )}
        </div>
      </RowFocus>
    </article>
  )
})

function NoteText({ note: { text, mentions } }: { readonly note: Note }) {
  const named = useMemo(() => mentions.map(({ user_id, ...place }) => ({ ...place, contact_id: user_id })), [mentions])
  return <RichText text={text} mentions={named} />
}

interface NoteToolsProps {
  readonly note: Note
  readonly isMine: boolean
  readonly isCurrent: boolean
  readonly onEdit: () => void
}

function NoteTools({ note, isMine, isCurrent, onEdit }: NoteToolsProps) {
  const { words } = useSpeech()
  const { reads } = useWorkspace()
  const [isSure, setSure] = useState(false)
  const remove = useAction(() => reads.deleteNote(note.id))
  const tab = isCurrent ? 0 : -1
  if (isSure) {
    return (
      <div className="flex flex-wrap items-center gap-2 pt-1">
        <p>{words.notes.deleteAsk}</p>
        <Button look="danger" busy={remove.busy} onClick={() => remove.run()}>
          {words.notes.delete}
        </Button>
        <Button onClick={() => setSure(false)}>{words.common.cancel}</Button>
        {remove.error && <p role="alert">{remove.error}</p>}
      </div>
    )
  }
  const shown = isCurrent ? '' : 'opacity-0 group-focus-within:opacity-100 group-hover:opacity-100 pointer-coarse:hidden'
  return (
    <div className={`absolute end-3 -bottom-3 flex rounded-full border border-line bg-surface shadow-sm ${shown}`}>
      {isMine && (
        <IconButton label={words.notes.edit} tabIndex={tab} onClick={onEdit}>
          <Pencil aria-hidden size={16} />
        </IconButton>
      )}
      <IconButton label={words.notes.delete} tabIndex={tab} onClick={() => setSure(true)}>
        <Trash2 aria-hidden size={16} />
      </IconButton>
    </div>
  )
}
