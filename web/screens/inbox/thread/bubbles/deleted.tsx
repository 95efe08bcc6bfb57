import { useSpeech } from '../../../../i18n/language.tsx'
import type { Bubble } from './kind.ts'

export const DeletedBubble: Bubble<'deleted'> = () => {
  const { words } = useSpeech()
  return <p className="text-muted italic">{words.kinds.deleted}</p>
}
