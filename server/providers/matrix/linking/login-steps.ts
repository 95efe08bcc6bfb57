import { createHash } from 'node:crypto'
import type { ExternalId } from '../../../../contract/ids.ts'
import type { LoginError } from '../../../../contract/login.ts'
import type { LinkedPhone, LoginStep } from '../../provider.ts'
import type { Step, Whoami } from '../client/bridge.ts'
import { count, fields, filled, text, texts } from '../../../lib/fields.ts'
import { readBridgeState } from '../reading/states.ts'

/** Where a linking stands; enough to go on after a restart. `seen` tells the code that was shown last from a new one. */
export interface Place {
  /** Absent for the bridge's API. In the bot's chat the process is the room, the step the message that asked for a code. */
  readonly way?: 'bot'
  readonly process: string
  readonly step: string
  readonly txn?: string
  readonly seen: string
  readonly passkey: boolean
  /** Which code it is, and until when (milliseconds) any is of use. */
  readonly number: number
  readonly until: number
  /** The numbers of the account when it began; another one then is the result. */
  readonly before: readonly string[]
  readonly again?: string
}

// The bridge shows six codes, the first for 60 s, the others for 20 s each (protocol/bridge.md 1.6).
const codes = 6
const firstCodeMs = 60_000
const nextCodeMs = 20_000
const pairingMs = 160_000

/** How long a linking may last as a whole. */
export const loginMs = 165_000

/** How long a code is of use once it is shown. */
export function lifeOf(kind: 'qr' | 'code', number: number): number {
  if (kind === 'code') return pairingMs
  return number === 1 ? firstCodeMs : nextCodeMs
}

/** A phone number as the bridge wants it; undefined for one that is not international. */
export function internationalPhone(phone: string | undefined): string | undefined {
  const plain = phone?.replace(/[\s()-]/g, '') ?? ''
  return /^\+[1-9]\d{6,14}$/.test(plain) ? plain : undefined
}

/** What a person has to be shown; undefined for a step that this road does not know. A step that completes is not shown. */
export function shownStep(
  step: Step,
  place: Pick<Place, 'way' | 'number' | 'until' | 'before' | 'again'>,
  now: number,
): LoginStep | undefined {
  const { process, step: name, txn, type, display } = step
  const handle = JSON.stringify({ ...place, process, step: name, txn, seen: seenIn(step), passkey: type === 'webauthn' })
  const timeIn = (ms: number) => new Date(now + ms).toISOString()
  if (type === 'webauthn') return { type: 'passkey', handle }
  if (type !== 'display_and_wait' || display === undefined) return undefined
  const { number } = place
  if (display.type === 'qr') {
    return {
      type: 'qr',
      handle,
      data: display.data,
      expiresAt: timeIn(lifeOf('qr', number)),
      number,
      of: Math.max(codes, number),
    }
  }
  return display.type === 'code' ? { type: 'code', handle, code: display.data, expiresAt: timeIn(lifeOf('code', number)) } : undefined
}

export function failed(code: LoginError, detail: string): LoginStep {
  return { type: 'failed', code, detail }
}

/** A new code has a new transaction id; bridges before 26.08 give none, and then the code itself tells. */
export function seenIn(step: Step): string {
  return (
    step.txn ??
    createHash('sha256')
      .update(`${step.step} ${step.display?.data ?? ''}`)
      .digest('base64url')
  )
}

/** A handle of ours; undefined for what is none. */
export function readPlace(handle: string): Place | undefined {
  const place = parsed(handle)
  const process = filled(place['process'])
  if (process === undefined) return undefined
  const txn = filled(place['txn'])
  const again = filled(place['again'])
  return {
    ...(place['way'] === 'bot' ? { way: 'bot' as const } : {}),
    process,
    step: filled(place['step']) ?? '',
    seen: text(place['seen']) ?? '',
    passkey: place['passkey'] === true,
    number: count(place['number']) ?? 1,
    until: count(place['until']) ?? 0,
    before: texts(place['before']),
    ...(txn === undefined ? {} : { txn }),
    ...(again === undefined ? {} : { again }),
  }
}

function parsed(handle: string) {
  try {
    return fields(JSON.parse(handle))
  } catch {
    return {}
  }
}

export function phoneOf(login: Whoami['logins'][number]): LinkedPhone {
  return { external: login.id as ExternalId, phone: login.phone, name: login.name, ...readBridgeState(login.state) }
}

/** The number that a login has brought, if it went well unheard: one that was not there before, or the same one alive again. */
export function broughtBy(place: Pick<Place, 'before' | 'again'>, phones: readonly LinkedPhone[]): LinkedPhone | undefined {
  const found = phones.find(({ external }) => external === place.again || !place.before.includes(external))
  if (found === undefined) return undefined
  const alive = found.status === 'connected' || found.status === 'restricted'
  return found.external !== place.again || alive ? found : undefined
}
