import type { MentionsInput } from '../../../../contract/content.ts'
import type { Draft } from '../../../data/draft.ts'
import type { Fit } from './fit-file.ts'
import type { TrayFile } from './tray.ts'

/** A file that waits, and as what it can go; undefined until it is known what the number takes. */
export interface Fitted {
  readonly item: TrayFile
  readonly fit: Fit | undefined
}

/** The messages that these files and this text become: a file alone takes the text as its caption, where it takes one. */
export function draftsOf(
  fitted: readonly Fitted[],
  said: string,
  mentions: MentionsInput,
  reply: Pick<Draft, 'reply_to_id'>,
): readonly Draft[] {
  const isAlone = fitted.length === 1
  const files = fitted.flatMap(({ item, fit }, at): readonly Draft[] => {
    if (!fit?.ok) return []
    const text = fit.hasCaption ? (isAlone ? said : item.caption.trim()) : ''
    const file = { file: item.file, type: fit.type, voice: item.isVoice && fit.mayBeVoice }
    return [{ text, file, ...(isAlone && fit.hasCaption ? { mentions } : {}), ...(at === 0 ? reply : {}) }]
  })
  const isSaid = said === '' || files.some(({ text }) => isAlone && text === said)
  return isSaid ? files : [...files, { text: said, mentions, ...(files.length === 0 ? reply : {}) }]
}
