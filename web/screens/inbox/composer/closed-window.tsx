import { Lock } from 'lucide-react'
import { useState } from 'react'
import type { Capabilities } from '../../../../contract/capability.ts'
import type { Conversation } from '../../../../contract/conversation.ts'
import { useNow } from '../../../data/hooks.tsx'
import { useSpeech } from '../../../i18n/language.tsx'
import { Button } from '../../../ui/button.tsx'
import { TemplatePicker } from './template-dialog.tsx'

/** A window that ends later than this is no reason to hurry. */
const soonMs = 2 * 3_600_000

/** Whether WhatsApp takes nothing but templates here now. */
export function isWindowClosed({ window_closes_at }: Pick<Capabilities, 'window_closes_at'>, now: number): boolean {
  return window_closes_at !== null && Date.parse(window_closes_at) <= now
}

/** Stands where the answer is written while only a template can be sent. What was being written is kept. */
export function ClosedWindow({
  conversation,
  channelId,
}: {
  readonly conversation: Conversation
  readonly channelId: Conversation['channel_id']
}) {
  const { words } = useSpeech()
  const [isChoosing, setChoosing] = useState(false)
  return (
    <section aria-label={words.composer.label} className="grid gap-2 bg-surface p-4">
      <p className="flex items-center gap-2">
        <Lock aria-hidden size={18} className="shrink-0 text-muted" />
        {words.composer.windowClosed}
      </p>
      <div className="flex flex-wrap items-center gap-2">
        <Button look="primary" onClick={() => setChoosing(true)}>
          {words.templates.choose}
        </Button>
        <details className="text-muted">
          <summary className="target inline-flex cursor-pointer items-center text-brand">{words.composer.windowWhy}</summary>
          <p>{words.composer.windowBecause}</p>
        </details>
      </div>
      {isChoosing && <TemplatePicker conversationId={conversation.id} channelId={channelId} onClose={() => setChoosing(false)} />}
    </section>
  )
}

/** How long one may still write freely, when that ends soon. */
export function WindowLeft({ window_closes_at }: Pick<Capabilities, 'window_closes_at'>) {
  const { words } = useSpeech()
  const now = useNow(30_000, window_closes_at !== null)
  const left = window_closes_at === null ? Infinity : Date.parse(window_closes_at) - now
  if (left > soonMs || left <= 0) return null
  const minutes = Math.ceil(left / 60_000)
  return <p className="text-sm text-warn">{words.composer.windowLeft(Math.floor(minutes / 60), minutes % 60)}</p>
}
