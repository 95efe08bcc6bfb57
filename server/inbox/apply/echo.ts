import { lockAttempt } from '../../db/attempts.ts'
import type { InboundMessage } from '../../providers/provider.ts'
import { recordWord } from '../sending/ticks.ts'
import type { Applying } from './context.ts'
import { applyPending } from './relations.ts'

/**
 * The network shows us a message that we sent. It may come before the answer to our own request, or instead of it when that
 * was lost. False when we know of no such attempt: then it is a message like any other.
 */
export async function recordEcho(applying: Applying, event: InboundMessage, attemptId: string): Promise<boolean> {
  const attempt = await lockAttempt(applying.tx, { id: attemptId })
  if (attempt === undefined) return false
  if (attempt.external_id === null) {
    await recordWord(applying, attempt, { state: 'sending', external: event.id, at: applying.now })
    await applyPending(applying, [{ channel_id: attempt.channel_id, target: event.id }])
  }
  return true
}
