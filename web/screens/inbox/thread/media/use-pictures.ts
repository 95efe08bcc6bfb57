import { useState } from 'react'
import type { ConversationId } from '../../../../../contract/ids.ts'
import { useWorkspace } from '../../../../data/hooks.tsx'
import { useSpeech } from '../../../../i18n/language.tsx'
import { useThreadLateWords } from '../../../../i18n/thread-late.ts'
import { plainName } from '../text/file-name.ts'

/** A picture or film of the conversation. */
export interface Picture {
  readonly id: string
  readonly url: string
  readonly alt: string
  readonly caption: string
  readonly fileName: string
  readonly isFilm: boolean
  /** A film that plays silently and again and again. */
  readonly isMoving: boolean
}

/** The pictures and films of the conversation that are loaded, as they were when this was first drawn: nothing moves while one looks at them. */
export function usePictures(id: ConversationId): readonly Picture[] {
  const { store } = useWorkspace()
  const { words, formats } = useSpeech()
  const late = useThreadLateWords()
  const [pictures] = useState(() =>
    store.thread(id).rows.flatMap((row): readonly Picture[] => {
      const message = store.message(row.id)
      if (message?.type !== 'image' && message?.type !== 'video') return []
      const [file] = message.attachments
      if (file?.status !== 'ready') return []
      const isFilm = message.type === 'video'
      const name = isFilm ? late.album.film : words.message.image
      return [
        {
          id: message.id,
          url: file.url,
          alt: name(message.sender.name, formats.time(message.sent_at)),
          caption: message.text ?? '',
          fileName: plainName(file.file_name ?? ''),
          isFilm,
          isMoving: file.gif === true,
        },
      ]
    }),
  )
  return pictures
}
