import { advance, type DeliveryState, deliveryStates, shownState } from '../../../contract/delivery.ts'
import type { ExternalId } from '../../../contract/ids.ts'
import type { SendFailure } from '../../../contract/message.ts'
import { listAttemptStates, type LockedAttempt, showState, updateAttempt } from '../../db/attempts.ts'
import type { Change } from '../../db/events.ts'
import { releaseLane } from '../../db/outbox.ts'
import { insertEarlierReads } from '../../db/receipts.ts'
import type { Tx } from '../../db/schema.ts'

/** Where a tick is drawn: the transaction, and the changes that it will tell. */
export interface Drawing {
  readonly tx: Tx
  readonly now: Date
  readonly changes: Change[]
}

/** What has become known of one send attempt. */
export interface Word {
  readonly state: DeliveryState
  readonly external?: ExternalId
  readonly error?: SendFailure
  /** Nobody knows whether it went: said as doubt, never sent again by the machine. */
  readonly doubt?: boolean
  readonly at: Date
}

const atLeast = (state: DeliveryState, least: DeliveryState) => deliveryStates.indexOf(state) >= deliveryStates.indexOf(least)

/**
 * Writes down what is known of an attempt: within it the state only rises, the message shows the newest attempt unless an
 * older one is proven delivered, and the lane goes on once the network has spoken or failed.
 */
export async function recordWord(drawing: Drawing, attempt: LockedAttempt, word: Word): Promise<void> {
  const { tx, now, changes } = drawing
  let state = advance(attempt.status, word.state)
  const confirmed = state !== 'failed' && atLeast(state, 'sent')
  if (confirmed && attempt.read_up_to !== null && attempt.sent_at <= attempt.read_up_to) state = advance(state, 'read')
  const unconfirmed = word.doubt === true && !atLeast(state, 'sent') ? now : null
  await updateAttempt(tx, attempt.id, {
    status: state,
    unconfirmed_since: unconfirmed,
    ...(word.external === undefined ? {} : { external_id: word.external }),
  })
  const states = await listAttemptStates(tx, attempt.message_id)
  const shown = shownState(states)
  const isNewest = attempt.number === states.length
  if (isNewest || atLeast(shown, 'delivered')) {
    await showState(tx, attempt.message_id, {
      status: shown,
      error: shown === 'failed' ? (word.error ?? null) : null,
      unconfirmed_since: unconfirmed,
      proven_at: word.at,
      ...(word.external === undefined ? {} : { external_id: word.external }),
    })
    changes.push({ type: 'message.updated', objectId: attempt.message_id, channelId: attempt.channel_id })
    changes.push({ type: 'conversation.updated', objectId: attempt.conversation_id, channelId: attempt.channel_id })
  }
  if (attempt.in_group && confirmed && !atLeast(attempt.status, 'sent')) await insertEarlierReads(tx, attempt.message_id, now)
  if (atLeast(state, 'sent') || word.doubt === true) await releaseLane(tx, attempt.id)
}
