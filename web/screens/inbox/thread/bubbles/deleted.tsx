import { useSpeech } from '../../../../i18n/language.tsx'
import type { Bubble } from './kind.ts'

export const DeletedBubble: Bubble<'deleted'> = ({ message: { deleted } }) => {
  const { words } = useSpeech()
  return <p className="text-muted italic">{deleted?.reason === 'disappeared' ? words.media.disappeared : words.kinds.deleted}</p>
}
