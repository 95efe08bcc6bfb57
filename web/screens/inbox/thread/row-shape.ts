import type { Message } from '../../../../contract/message.ts'
import { useWorkspace } from '../../../data/hooks.tsx'
import type { useSpeech } from '../../../i18n/language.tsx'
import { standTogether } from './grouping.ts'
import type { MessageItem } from './items.ts'
import { countLoneEmoji } from './text/measure.ts'

/** Whether it begins and ends what one person has said in one breath; `last` is its last message where it has several. */
export function useNeighbours({ before, after }: MessageItem, message: Message | undefined, last = message) {
  const { store } = useWorkspace()
  const earlier = before && store.message(before)
  const later = after && store.message(after)
  return {
    isFirst: !message || !earlier || !standTogether(earlier, message),
    isLast: !last || !later || !standTogether(last, later),
  }
}

/** The bubble: none around a sticker or a few large emoji, a narrow edge around pictures. */
export function shapeOf(message: Message, isFirst: boolean, isLast: boolean): string {
  if (message.type === 'system') return 'rounded-full border border-line bg-surface px-3 py-1 text-center'
  if (isBare(message)) return 'px-1'
  const isOut = message.direction === 'outbound'
  const edge = isPicture(message) ? 'p-1 [&_footer]:justify-end [&_footer]:px-1.5 [&_footer]:py-1' : 'px-3 py-1.5'
  const corners = isOut
    ? `${isFirst ? '' : 'rounded-se-md'} ${isLast ? 'rounded-ee-sm' : 'rounded-ee-md'}`
    : `${isFirst ? '' : 'rounded-ss-md'} ${isLast ? 'rounded-es-sm' : 'rounded-es-md'}`
  const colour = isOut ? 'bg-out' : 'bg-surface'
  return `rounded-2xl shadow-xs ${corners} ${edge} ${colour} ${message.status === 'failed' ? 'outline outline-danger' : ''}`
}

/** A picture sets how wide its bubble is; the words below it are broken to that width. */
export function isPicture({ type }: Message): boolean {
  return type === 'image' || type === 'video'
}

function isBare(message: Message): boolean {
  if (message.reply_to) return false
  return message.type === 'sticker' || (message.type === 'text' && countLoneEmoji(message.text) > 0)
}

/** When each step of the delivery was made, for the tooltip. */
export function timesOf({ status, sent_at, delivered_at, read_at }: Message, { words, formats }: ReturnType<typeof useSpeech>): string {
  const isSent = status !== undefined && status !== 'queued' && status !== 'sending' && status !== 'failed'
  const steps = [
    isSent && `${words.ticks.sent} ${formats.dateTime(sent_at)}`,
    delivered_at && `${words.ticks.delivered} ${formats.dateTime(delivered_at)}`,
    read_at && `${words.ticks.read} ${formats.dateTime(read_at)}`,
  ]
  return steps.filter(Boolean).join('\n')
}
