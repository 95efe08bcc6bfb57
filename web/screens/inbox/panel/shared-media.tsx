import { FileText, Play } from 'lucide-react'
import type { ConversationId } from '../../../../contract/ids.ts'
import { useStored, useWorkspace } from '../../../data/hooks.tsx'
import { type SharedFile, sharedFiles } from '../../../data/shared-files.ts'
import { useSpeech } from '../../../i18n/language.tsx'
import { usePlace } from '../use-place.ts'
import { Part } from './part.tsx'

/** As many pictures are drawn; the others are found in the conversation. */
const MOST = 12

/** The pictures and documents of the part of the conversation that is loaded; a picture leads to its message. */
export function SharedMedia({ id }: { readonly id: ConversationId }) {
  const { words, formats } = useSpeech()
  const { store } = useWorkspace()
  const { rows } = useStored(`thread:${id}`, () => store.thread(id))
  const { pictures, documents } = sharedFiles(rows.flatMap((row) => store.message(row.id) ?? []))
  return (
    <Part title={words.contact.media}>
      {pictures.length + documents.length === 0 && <p className="text-sm text-muted">{words.contact.noMedia}</p>}
      {pictures.length > 0 && (
        <ul className="grid grid-cols-3 gap-1.5">
          {pictures.slice(0, MOST).map((shared) => (
            <Picture key={shared.file.id} {...shared} />
          ))}
        </ul>
      )}
      {documents.length > 0 && (
        <ul className="grid gap-1">
          {documents.slice(0, MOST).map(({ file }) => (
            <li key={file.id}>
              <a href={`${file.url}?download=true`} download className="target flex items-center gap-3 rounded-lg px-2 hover:bg-surface2">
                <FileText aria-hidden size={18} className="shrink-0 text-muted" />
                <bdi className="min-w-0 flex-1 truncate">{file.file_name ?? words.kinds.document}</bdi>
                {file.size_bytes !== undefined && <span className="shrink-0 text-xs text-muted">{formats.bytes(file.size_bytes)}</span>}
              </a>
            </li>
          ))}
        </ul>
      )}
    </Part>
  )
}

function Picture({ file, message }: SharedFile) {
  const { words, formats } = useSpeech()
  const { go } = usePlace()
  const label = words.contact.openFile(words.message.image(message.sender.name, formats.dateTime(message.sent_at)))
  return (
    <li>
      <button
        type="button"
        aria-label={label}
        title={label}
        onClick={() => go({ id: message.conversation_id, message: message.id }, 'replace')}
        className="relative block aspect-square w-full overflow-hidden rounded-lg bg-surface2"
      >
        {file.type === 'image' ? (
          <img src={file.url} alt="" loading="lazy" className="size-full object-cover" />
        ) : (
          <Play aria-hidden size={24} className="absolute inset-0 m-auto text-brand" />
        )}
      </button>
    </li>
  )
}
