import type { ExternalId } from '../../../../contract/ids.ts'
import type { DeliveryState } from '../../../../contract/delivery.ts'
import { fields, filled, isFields, list } from '../../../lib/fields.ts'
import type { Sender } from '../../provider.ts'
import { failureOf } from '../errors.ts'
import { idOf } from '../names.ts'
import { chatWith, currentId, personOf, senderOf } from './people.ts'
import { rawOf } from './pieces.ts'
import { numberOf, only, type Reading, timeIn } from './reading.ts'

const states: Readonly<Record<string, DeliveryState>> = {
  sent: 'sent',
  delivered: 'delivered',
  read: 'read',
  played: 'played',
  failed: 'failed',
}

/** How far one of our messages has come (`protocol/meta.md` 5.3). It may be told before our own request was answered. */
export function readStatus(reading: Reading): void {
  const status = fields(only(reading.piece))
  const number = numberOf(reading)
  const target = idOf(status['id'])
  if (target === undefined) throw new Error('The status names no message')
  const word = filled(status['status']) ?? 'none'
  const at = timeIn(reading, status['timestamp'])
  const attempt = attemptOf(status['biz_opaque_callback_data'])
  const conversation = placeOf(reading, at, attempt !== undefined) ?? target
  const state = states[word]
  if (state === undefined)
    return reading.item({
      type: 'unknown',
      networkType: `status.${word}`.slice(0, 128),
      id: `${target}.${word.slice(0, 64)}` as ExternalId,
      raw: rawOf(reading.piece),
    })
  const from = readerOf(reading)
  const base = {
    type: 'receipt',
    channel: number.id,
    conversation,
    at,
    target,
    upTo: false,
    ...(attempt === undefined ? {} : { attempt }),
    ...(from === undefined ? {} : { from }),
  } as const
  if (state !== 'failed') return reading.item({ ...base, state })
  const [error] = [...list(status['errors']), ...list(reading.piece.value['errors'])].filter(isFields)
  reading.item({ ...base, state, error: failureOf(error) })
}

/** The attempts of ours are UUIDs; whoever else sends from this number may say anything here. */
function attemptOf(value: unknown): string | undefined {
  return typeof value === 'string' && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(value) ? value : undefined
}

/** Of whom in a group it tells; a group's status without one is of the whole group. */
function readerOf(reading: Reading): Sender | undefined {
  const status = fields(only(reading.piece))
  if (status['recipient_type'] !== 'group') return undefined
  const { recipient_participant_id: phone, recipient_participant_user_id: named, recipient_user_id: user } = status
  const isNamed = phone !== undefined || named !== undefined || user !== undefined
  const person = isNamed ? personOf({ phone, user: named ?? user }, reading.piece.value['contacts']) : undefined
  return person === undefined ? undefined : senderOf(reading, person)
}

function placeOf(reading: Reading, at: string, isOurs: boolean): ExternalId | undefined {
  const status = fields(only(reading.piece))
  if (status['recipient_type'] === 'group') return idOf(status['recipient_id'])
  const { recipient_id: phone, recipient_user_id: user, recipient_parent_user_id: parent, parent_recipient_user_id: old } = status
  const person = personOf({ phone, user, parent: parent ?? old }, reading.piece.value['contacts'])
  if (person === undefined) return undefined
  // Here one of both may be told for the first time: a chat that we began by the phone goes on under the id.
  const isBoth = person.digits !== undefined && person.userId !== undefined
  if (!isBoth) return currentId(reading, person)
  return chatWith(reading, numberOf(reading), person, at, isOurs ? { at } : undefined)
}
