import { type ReactNode, useState } from 'react'
import type { Message } from '../../../../../contract/message.ts'
import { useWorkspace } from '../../../../data/hooks.tsx'
import { useSpeech } from '../../../../i18n/language.tsx'
import { onDemand } from '../../../../ui/on-demand.tsx'
import { plainName } from '../text/file-name.ts'
import type { Picture } from './lightbox.tsx'

const Lightbox = onDemand(() => import('./lightbox.tsx').then((part) => part.Lightbox))

/** Opens a picture large, among all pictures of its conversation that are loaded. `shown` has to be drawn. */
export function useLightbox(message: Message): { readonly open: () => void; readonly shown: ReactNode } {
  const { store } = useWorkspace()
  const { words, formats } = useSpeech()
  const [pictures, setPictures] = useState<readonly Picture[]>()
  const open = () => {
    const { rows } = store.thread(message.conversation_id)
    const found = rows.flatMap(({ id }): readonly Picture[] => {
      const one = store.message(id)
      const file = one?.type === 'image' ? one.attachments[0] : undefined
      if (one?.type !== 'image' || file?.status !== 'ready') return []
      const alt = words.message.image(one.sender.name, formats.time(one.sent_at))
      return [{ id, url: file.url, alt, caption: one.text ?? '', fileName: plainName(file.file_name ?? '') }]
    })
    setPictures(found)
  }
  const first = pictures?.findIndex(({ id }) => id === message.id) ?? -1
  const shown = pictures && first >= 0 && <Lightbox pictures={pictures} first={first} onClose={() => setPictures(undefined)} />
  return { open, shown }
}
