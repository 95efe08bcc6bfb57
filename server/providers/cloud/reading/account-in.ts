import type { ExternalId } from '../../../../contract/ids.ts'
import { fields, filled, isFields, list, present } from '../../../lib/fields.ts'
import { readTemplateNews } from '../templates.ts'
import { digitsOf, idOf, userIdOf } from '../names.ts'
import { numbersTask, templatesTask } from '../tasks.ts'
import { enter, nameOf, personOf, renamed, senderOf } from './people.ts'
import { ignored, numberOf, only, type Reading, timeIn } from './reading.ts'

/** What the phone's own address book says of somebody (`protocol/meta.md` 5.5). Whom it takes out stays with us. */
export function readContactSync(reading: Reading): void {
  const told = fields(only(reading.piece))
  const number = numberOf(reading)
  const { phone_number: phone, user_id: user, full_name, first_name, username } = fields(told['contact'])
  const person = personOf({ phone, user }, [])
  const isRemoved = told['action'] === 'remove'
  const name = nameOf(full_name) ?? nameOf(first_name)
  if (person !== undefined && (isRemoved || name !== undefined)) enter(reading, person, isRemoved ? undefined : name)
  if (person === undefined || isRemoved) return reading.item(ignored(`state_sync.${filled(told['action']) ?? 'other'}`))
  const named = present({ ...person, name, username: filled(username)?.replace(/^@/, '') })
  reading.item({ type: 'contact', channel: number.id, contact: senderOf(reading, named) })
}

/** Somebody has another user id now, on all of our numbers (`protocol/meta.md` 5.4). */
export function readUserIdUpdate(reading: Reading): void {
  const told = fields(only(reading.piece))
  const ids = fields(told['user_id'])
  const [previous, current] = [userIdOf(ids['previous']), userIdOf(ids['current'])]
  if (previous === undefined || current === undefined || previous === current) return reading.item(ignored('user_id_update.nobody'))
  const to = present({
    userId: current,
    digits: digitsOf(told['wa_id']),
    parents: [idOf(fields(told['parent_user_id'])['current'])].filter((id) => id !== undefined),
  })
  renamed(reading, { userId: previous, parents: [] }, to, timeIn(reading, told['timestamp']))
  reading.item(ignored('user_id_update'))
}

/** Somebody calls: nobody can answer here, but it is seen, and lets us write (`protocol/meta.md` 7.2). */
export function isCall(told: unknown): boolean {
  return isFields(told) && told['event'] === 'connect' && told['direction'] !== 'BUSINESS_INITIATED'
}

/** What these fields tell changes the state of our numbers, which is then asked for. */
const ofNumbers: ReadonlySet<string> = new Set([
  'account_update',
  'account_alerts',
  'account_review_update',
  'business_capability_update',
  'business_username_update',
  'business_username_updates',
  'phone_number_quality_update',
  'phone_number_name_update',
  'security',
])

/** A word on the account or its templates (`protocol/meta.md` 5.6). False for one that we know nothing of. */
export function readAccountWord(reading: Reading): boolean {
  const { piece, waba } = reading
  const { field, value } = piece
  const event = filled(value['event']) ?? filled(value['alert_type']) ?? ''
  if (ofNumbers.has(field)) {
    reading.task(numbersTask(waba as ExternalId))
    reading.item(ignored(event === '' ? field : `${field}.${event}`))
    return true
  }
  if (field !== 'template_category_update' && !field.startsWith('message_template_')) return false
  reading.task(templatesTask(waba as ExternalId))
  const news = readTemplateNews(value)
  reading.item(news === undefined ? ignored(field) : { type: 'template', account: waba as ExternalId, template: news })
  return true
}

/** How what was looked up by a task stands in its batch. */
export function lookedUp(
  body: string,
): { readonly account: ExternalId; readonly at: string; readonly found: readonly unknown[] } | undefined {
  try {
    const read = fields(JSON.parse(body))
    const account = idOf(read['account'])
    const at = filled(read['at'])
    return account === undefined || at === undefined ? undefined : { account, at, found: list(read['found']) }
  } catch {
    return undefined
  }
}
