import { Eye, Pencil } from 'lucide-react'
import type { ConversationId } from '../../../../contract/ids.ts'
import { useStored, useWorkspace } from '../../../data/hooks.tsx'
import { useSpeech } from '../../../i18n/language.tsx'

/** Which colleagues are here too: who writes an answer, else who looks on. */
export function ColleaguesLine({ id }: { readonly id: ConversationId }) {
  const { words } = useSpeech()
  const { store } = useWorkspace()
  const all = useStored(`colleagues:${id}`, () => store.colleagues(id))
  if (all.length === 0) return null
  const writing = all.filter(({ state }) => state === 'typing').map(({ name }) => name)
  const names = writing.length > 0 ? writing : all.map(({ name }) => name)
  const Icon = writing.length > 0 ? Pencil : Eye
  return (
    <p className="flex items-center gap-2 border-t border-line bg-surface px-4 py-1 text-sm text-muted">
      <Icon aria-hidden size={14} className="shrink-0" />
      <bdi className="truncate">{writing.length > 0 ? words.notes.writing(names.join(', ')) : words.notes.viewing(names.join(', '))}</bdi>
    </p>
  )
}
