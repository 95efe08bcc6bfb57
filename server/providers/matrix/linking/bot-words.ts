import type { ExternalId } from '../../../../contract/ids.ts'
import type { LoginError } from '../../../../contract/login.ts'
import type { LinkedPhone } from '../../provider.ts'
import { count, type Fields, fields, filled } from '../../../lib/fields.ts'
import { readBridgeState } from '../reading/states.ts'

/**
 * What the bot's chat shows of a login since it was asked for (protocol/bridge.md 2.3, 2.4). `words` are the bot's own, for people; they
 * decide nothing but the reason of a failure. `ageMs`: how long ago the homeserver took it.
 */
export type Talk =
  | { readonly state: 'silent' }
  | { readonly state: 'said'; readonly words: string }
  | { readonly state: 'qr'; readonly data: string; readonly number: number; readonly ageMs: number }
  | { readonly state: 'code'; readonly data: string; readonly ageMs: number }
  | { readonly state: 'ended'; readonly words: string }
  | { readonly state: 'encrypted' }

const pairingCode = /^<code>([0-9A-Z]{4}-[0-9A-Z]{4})<\/code>$/

/** Reads the chat by senders, types and relations: an image, its edits, its redaction; a code, and whatever follows it. */
export function readTalk(events: readonly Fields[], bot: string): Talk {
  const said = events.filter((event) => event['sender'] === bot)
  if (said.some(({ type }) => type === 'm.room.encrypted')) return { state: 'encrypted' }
  const end = said.findIndex(({ type }) => type === 'm.room.redaction')
  if (end >= 0) return { state: 'ended', words: wordsOf(said.slice(end), bot) }
  const image = said.find((event) => isQr(fields(event['content'])) && editOf(event) === undefined)
  if (image !== undefined) {
    const edits = said.filter((event) => editOf(event) === image['event_id'])
    const newest = edits.at(-1) ?? image
    const content = fields(newest['content'])
    const shown = editOf(newest) === undefined ? content : fields(content['m.new_content'])
    return { state: 'qr', data: filled(shown['body']) ?? '', number: edits.length + 1, ageMs: ageOf(newest) }
  }
  const at = said.findIndex((event) => codeIn(event) !== undefined)
  const code = said[at]
  const words = wordsOf(said.slice(at + 1), bot)
  if (code !== undefined) {
    return words === '' ? { state: 'code', data: codeIn(code) ?? '', ageMs: ageOf(code) } : { state: 'ended', words }
  }
  return words === '' ? { state: 'silent' } : { state: 'said', words }
}

function isQr(content: Fields): boolean {
  return content['msgtype'] === 'm.image' && content['filename'] === 'qr.png'
}

function editOf(event: Fields): string | undefined {
  const relation = fields(fields(event['content'])['m.relates_to'])
  return relation['rel_type'] === 'm.replace' ? filled(relation['event_id']) : undefined
}

function codeIn(event: Fields): string | undefined {
  return pairingCode.exec(filled(fields(event['content'])['formatted_body']) ?? '')?.[1]
}

function ageOf(event: Fields): number {
  return count(fields(event['unsigned'])['age']) ?? 0
}

/** Whether this is an answer of the bot: not its greeting, not a report on a number. */
export function isAnswer(event: Fields, bot: string): boolean {
  const content = fields(event['content'])
  const isNotice = event['type'] === 'm.room.message' && content['msgtype'] === 'm.notice'
  return event['sender'] === bot && isNotice && content['fi.mau.bridge_state'] === undefined
}

export function bodyOf(event: Fields): string {
  return filled(fields(event['content'])['body']) ?? ''
}

const longestWords = 300

/** What the bot said in its own words: no state of a number, no list of numbers, no code. */
function wordsOf(events: readonly Fields[], bot: string): string {
  const spoken = events.filter((event) => isAnswer(event, bot) && readLogins(event) === undefined && codeIn(event) === undefined)
  return [...new Set(spoken.map(bodyOf))].join(' ').trim().slice(0, longestWords)
}

// `* `380501234567` (+380501234567) - `CONNECTED`` (protocol/bridge.md 2.2); the state is empty while the bridge starts.
const loginLine = /^\W*(\d{5,20})\W+\(([^)]*)\)\W+([A-Z_]*)\W*$/
const noLogins = /not logged in/i

/** The numbers that the bot lists; undefined for what is no list. */
export function readLogins(event: Fields): readonly LinkedPhone[] | undefined {
  const body = bodyOf(event)
  if (event['type'] !== 'm.room.message' || fields(event['content'])['msgtype'] !== 'm.notice') return undefined
  const found = body.split('\n').flatMap((line) => {
    const [, id, name, state] = loginLine.exec(line) ?? []
    if (id === undefined) return []
    return [
      {
        external: id as ExternalId,
        phone: `+${id}`,
        name: filled(name) ?? `+${id}`,
        ...readBridgeState(state === undefined || state === '' ? {} : { state_event: state }),
      },
    ]
  })
  return found.length > 0 || noLogins.test(body) ? found : undefined
}

const reasons: readonly (readonly [RegExp, LoginError])[] = [
  [/permission/i, 'bridge_forbidden'],
  [/maximum number of logins|too many logins/i, 'login_limit'],
  [/timed? ?out/i, 'code_expired'],
  [/multi-?device/i, 'update_whatsapp_on_phone'],
  [/outdated|must be updated/i, 'bridge_update_needed'],
  [/passkey|web\.whatsapp\.com/i, 'passkey_required'],
  [/rate.?limit/i, 'whatsapp_rate_limit'],
  [/too short|international format|invalid value/i, 'phone_format'],
  [/pair/i, 'pairing_failed'],
  [/cancel/i, 'login_closed'],
]

/** Why a login ended, by the bot's words; they are English and stable by habit only, so the rest is `bridge_error`. */
export function reasonIn(words: string): LoginError {
  return reasons.find(([pattern]) => pattern.test(words))?.[1] ?? 'bridge_error'
}

const refusals: readonly LoginError[] = ['bridge_forbidden', 'login_limit', 'phone_format', 'whatsapp_rate_limit', 'bridge_update_needed']

/** Whether these words refuse a login for certain; others may be what is said before a code is shown. */
export function refuses(words: string): boolean {
  return refusals.includes(reasonIn(words))
}

const versionIn = /mautrix-whatsapp\b.*?\bv(\d+)\.(\d+)/is

/** The bridge's version as its bot tells it; undefined where it tells none. */
export function readVersion(event: Fields): { readonly version: string; readonly legacy: boolean } | undefined {
  const [, major = '', minor = ''] = versionIn.exec(bodyOf(event)) ?? []
  if (major === '') return undefined
  return { version: `v${major}.${minor}`, legacy: Number(major) === 0 && Number(minor) < 11 }
}
