import type { ErrorCode } from '../../../contract/error.ts'
import type { SendFate } from '../../lib/errors.ts'
import { type Fields, fields, filled } from '../../lib/fields.ts'
import type { Receipt } from '../provider.ts'
import { idOf } from './names.ts'

/**
 * What is done about an error: `retry` a few times; wait for the `number`, for the `app` or for the `pair` of number and recipient; `hold`
 * the number until an admin has set something right; or it is `final`. Final ones may be tried again by a person where `again` is said.
 */
type Act = 'retry' | 'number' | 'app' | 'pair' | 'hold' | 'final' | 'again'

interface Known {
  readonly act: Act
  readonly code: ErrorCode
  /** What happened and what to do next. */
  readonly words: string
  /** Milliseconds, where it is not the usual pause. */
  readonly pauseMs?: number
}

const minute = 60_000
const hour = 60 * minute

const token =
  'WhatsApp does not accept our access token any more. An admin has to enter a new one in the WhatsApp settings; what waits is then sent.'
const permission =
  'The access token lacks a permission. An admin has to give its system user this account with whatsapp_business_messaging and whatsapp_business_management.'
const locked = 'WhatsApp has blocked this business account. An admin finds the reason in Meta’s Business Support Home.'
const payment = 'WhatsApp refuses for a problem with payment. An admin has to set up a payment method in the WhatsApp Manager.'
const unregistered = 'This number is not registered with WhatsApp. An admin has to register it in the WhatsApp Manager.'
const invalid = 'WhatsApp did not accept this message: something in it, or the message that it is about, is not valid.'
const parameters = 'What was filled in does not fit the template. Check its variables and send it again.'
const wait = 'WhatsApp limits how much may be sent. It goes on by itself.'

const entry = (act: Act, code: ErrorCode, words: string, pauseMs?: number): Known =>
  pauseMs === undefined ? { act, code, words } : { act, code, words, pauseMs }

/** All codes with one meaning (`protocol/meta.md` 7.3). */
const table: readonly (readonly [codes: readonly number[], known: Known])[] = [
  [[0, 190, 104], entry('hold', 'channel_not_connected', token)],
  [[3, 10, 131005], entry('hold', 'forbidden', permission)],
  [[1, 2, 131000, 131016, 133004], entry('retry', 'provider_unavailable', 'WhatsApp had a passing fault. Send it again.')],
  [[4, 80007], entry('app', 'rate_limited', wait, minute)],
  [
    [33],
    entry(
      'hold',
      'channel_not_connected',
      'This number is gone from the WhatsApp account. An admin has to look into the WhatsApp Manager.',
    ),
  ],
  [[100, 131008, 131009], entry('final', 'provider_rejected', invalid)],
  [[803], entry('final', 'provider_rejected', 'WhatsApp does not know what this is about.')],
  [[368, 131031], entry('hold', 'channel_not_connected', locked)],
  [[130497], entry('final', 'forbidden', 'This business may not write to people in this country.')],
  [[130429], entry('number', 'rate_limited', wait, 5_000)],
  [[130472], entry('final', 'provider_rejected', 'WhatsApp does not deliver marketing to this person at present. Do not send it again.')],
  [[131020, 131041], entry('final', 'provider_rejected', 'WhatsApp did not accept this for the group.')],
  [[131021], entry('final', 'recipient_unreachable', 'The number cannot write to itself.')],
  [
    [131026],
    entry(
      'again',
      'recipient_unreachable',
      'WhatsApp could not deliver it: the number may not be on WhatsApp, or the app there is too old. Try another way.',
    ),
  ],
  [
    [131030],
    entry(
      'again',
      'recipient_unreachable',
      'The test number may write only to the numbers listed in the app’s API setup. Add this one there, then send it again.',
    ),
  ],
  [
    [131037],
    entry(
      'hold',
      'channel_not_connected',
      'The display name of this number is not approved. An admin has to set it in the WhatsApp Manager.',
    ),
  ],
  [[131042, 131044], entry('hold', 'channel_not_connected', payment)],
  [[134011], entry('hold', 'channel_not_connected', 'The terms of WhatsApp payments are not accepted. An admin has to accept them.')],
  [[131045, 133000, 133005, 133006, 133008, 133009, 133010, 133015, 133016], entry('hold', 'channel_not_connected', unregistered)],
  [
    [131047],
    entry(
      'again',
      'window_closed',
      'More than 24 hours have passed since the contact wrote. Send a template, or wait until the contact writes.',
    ),
  ],
  [
    [131048],
    entry(
      'number',
      'rate_limited',
      'WhatsApp has limited this number because messages of it were reported as spam. It goes on by itself, later.',
      hour,
    ),
  ],
  [
    [131049],
    entry(
      'again',
      'rate_limited',
      'WhatsApp did not deliver it, to keep this person from too much marketing. Wait at least a day before you send it again.',
    ),
  ],
  [[131050], entry('final', 'recipient_unreachable', 'This person has stopped marketing messages from us.')],
  [[131051], entry('final', 'unsupported', 'WhatsApp does not take messages of this type.')],
  [[131052], entry('again', 'provider_rejected', 'WhatsApp could not fetch the file. Ask for it once more.')],
  [
    [131053],
    entry(
      'again',
      'unsupported_media_type',
      'WhatsApp did not accept the file: its kind, its size or what is in it. Send it as a document, or another one.',
    ),
  ],
  [[131055], entry('final', 'provider_rejected', 'This template is not for this way of sending.')],
  [[134100, 134102], entry('final', 'provider_rejected', 'This is not set up for marketing messages.')],
  [[134101], entry('app', 'provider_unavailable', 'The template is still being prepared. It goes on by itself.', 10 * minute)],
  [[131056], entry('pair', 'rate_limited', 'Too many messages to this person in a short time. It goes on by itself.')],
  [[131057], entry('app', 'provider_unavailable', 'WhatsApp is working on this account. It goes on by itself.', minute)],
  [[131060], entry('final', 'provider_rejected', 'This was sent from a device that WhatsApp does not support here. Look at the phone.')],
  [
    [131062],
    entry('final', 'recipient_unreachable', 'This template can be sent only to a phone number, and that of this person is not known.'),
  ],
  [
    [131063],
    entry('hold', 'forbidden', 'Marketing messages are switched off for this account. An admin has to allow them in the WhatsApp Manager.'),
  ],
  [
    [131064],
    entry(
      'hold',
      'rate_limited',
      'WhatsApp has limited this account because of templates in the wrong category. An admin has to look into the WhatsApp Manager.',
    ),
  ],
  [[132000, 132008, 132012, 132018], entry('again', 'provider_rejected', parameters)],
  [
    [132001],
    entry('final', 'provider_rejected', 'WhatsApp has no such template in this language, or has not approved it. Choose another.'),
  ],
  [[132005], entry('again', 'provider_rejected', 'The template is too long with what was filled in. Shorten it and send it again.')],
  [[132007], entry('final', 'provider_rejected', 'The template is against WhatsApp’s rules. Choose another.')],
  [[132015], entry('final', 'provider_rejected', 'The template is paused because people did not like it. Choose another.')],
  [[132016], entry('final', 'provider_rejected', 'The template was paused too often and is disabled. Choose another.')],
  [[132068], entry('final', 'provider_rejected', 'The form of this template is blocked.')],
  [[132069], entry('number', 'rate_limited', 'The form of this template is throttled. It goes on by itself.', hour)],
  [[135000], entry('final', 'provider_rejected', 'WhatsApp refused it without a reason.')],
  [[137000], entry('final', 'provider_rejected', 'This person has another device than before: make sure who it is.')],
  [[2494100], entry('app', 'provider_unavailable', 'WhatsApp is being maintained. It goes on by itself.', 5 * minute)],
]
const byCode: ReadonlyMap<number, Known> = new Map(table.flatMap(([codes, known]) => codes.map((code) => [code, known] as const)))

/** What an error of the network means; by the status of its answer where the code is new. */
function lookUp(code: number | undefined, status: number): Known {
  const known = code === undefined ? undefined : byCode.get(code)
  if (known !== undefined) return known
  if (code !== undefined && code >= 200 && code <= 299) return entry('hold', 'forbidden', permission)
  if (code !== undefined && code >= 131200 && code <= 131299)
    return entry('final', 'provider_rejected', 'WhatsApp did not accept this for the group.')
  if (status === 401) return entry('hold', 'channel_not_connected', token)
  if (status >= 500) return entry('retry', 'provider_unavailable', 'WhatsApp had a passing fault. Send it again.')
  if (status === 429) return entry('app', 'rate_limited', wait, minute)
  return entry('final', 'provider_rejected', 'WhatsApp refused it.')
}

/** An answer that says no: `code` is the network's own, absent where the answer was none of its API. */
export interface Refusal {
  readonly status: number
  readonly code: number | undefined
  /** Deprecated, and there all the same where what was asked of does not exist, or is not ours to ask. */
  readonly subcode?: number | undefined
  readonly detail: string
  /** Milliseconds until the network lets us go on, where it says so. */
  readonly regainMs?: number | undefined
}

/** How often this was tried before: the message, and its recipient who got too much. */
export interface Tries {
  readonly message: number
  readonly pair: number
}

export interface Fate extends SendFate {
  readonly code: ErrorCode
  readonly words: string
}

const mostRetries = 3
const retryMs = 5_000
const holdMs = minute
const longestPairMs = hour

/** What becomes of a send that was refused. Branches on the code alone (`protocol/meta.md` 3.4). */
export function fateOf(refusal: Refusal, tries: Tries): Fate {
  const { act, code, words, pauseMs = retryMs } = lookUp(refusal.code, refusal.status)
  const networkCode = refusal.code === undefined ? {} : { networkCode: String(refusal.code) }
  const fate = { code, words: detailOf(words, refusal.code, refusal.detail), certain: true, ...networkCode }
  switch (act) {
    case 'retry':
      return { ...fate, retryAfterMs: tries.message < mostRetries ? retryMs * 2 ** tries.message : null }
    case 'number':
      return { ...fate, retryAfterMs: pauseMs, hold: { reason: 'number_limit', whole: true } }
    case 'app':
      return { ...fate, retryAfterMs: refusal.regainMs ?? pauseMs, hold: { reason: 'number_limit', whole: true } }
    case 'pair':
      return { ...fate, retryAfterMs: Math.min(1_000 * 4 ** tries.pair, longestPairMs), hold: { reason: 'contact_limit', whole: false } }
    case 'hold':
      return { ...fate, retryAfterMs: holdMs, hold: { reason: 'to_be_set_right', whole: true } }
    case 'final':
    case 'again':
      return { ...fate, retryAfterMs: null }
  }
}

/** Whether the recipient got too much of us in a short time. */
export function isPairLimit(code: number | undefined): boolean {
  return code === 131056
}

/** Whether an admin has to give us another token, or more rights, before anything works. */
export function toBeSetRight({ code, status }: Refusal): string | undefined {
  const { act, words } = lookUp(code, status)
  return act === 'hold' ? words : undefined
}

/** Why a message failed that had been accepted, as its status tells. */
export function failureOf(error: Fields | undefined): NonNullable<Receipt['error']> {
  const told = Number(idOf(error?.['code']) ?? Number.NaN)
  const code = Number.isSafeInteger(told) ? told : undefined
  const { act, code: ours, words } = lookUp(code, 400)
  const networkCode = code === undefined ? {} : { network_code: String(code) }
  return { code: ours, detail: detailOf(words, code, wordsOf(error)), retryable: act !== 'final', certain: true, ...networkCode }
}

/** The network's own words on an error; empty where it has none. */
export function wordsOf(error: Fields | undefined): string {
  const data = error?.['error_data']
  return (filled(fields(data)['details']) ?? filled(data) ?? filled(error?.['message']) ?? filled(error?.['title']) ?? '').slice(0, 300)
}

function detailOf(words: string, code: number | undefined, theirs: string): string {
  const said = [code === undefined ? '' : String(code), theirs].filter((part) => part !== '').join(': ')
  return said === '' ? words : `${words} (${said})`
}
