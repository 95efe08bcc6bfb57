import type { ExternalId } from '../../../contract/ids.ts'
import { filled } from '../../lib/fields.ts'

/** In bytes: what is longer fits into no index together with what it stands beside. */
const longestId = 512

/** An id as the network writes it: mostly a text, here and there a number. Undefined for what can be no name of anything. */
export function idOf(value: unknown): ExternalId | undefined {
  const id = typeof value === 'number' && Number.isFinite(value) ? String(value) : filled(value)
  return id === undefined || Buffer.byteLength(id) > longestId || id.includes('\0') || !id.isWellFormed() ? undefined : (id as ExternalId)
}

/** The digits of a phone, which WhatsApp calls `wa_id`; undefined where there is none. Absent, null and empty are the same (`protocol/meta.md` 0.3). */
export function digitsOf(value: unknown): string | undefined {
  const digits = idOf(value)?.replaceAll(/[\s()+.-]/g, '')
  return digits !== undefined && /^\d{3,20}$/.test(digits) ? digits : undefined
}

/** An id that a business is told instead of a phone: opaque, but never a phone (`protocol/meta.md` 5.4). */
export function userIdOf(value: unknown): string | undefined {
  return digitsOf(value) === undefined ? idOf(value) : undefined
}

/** A phone as all roads write it. Undefined for digits that are no international number. */
export function phoneOf(digits: string | undefined): string | undefined {
  return digits !== undefined && /^[1-9]\d{6,14}$/.test(digits) ? `+${digits}` : undefined
}

export function usernameOf(value: unknown): string | undefined {
  return filled(filled(value)?.replace(/^@/, ''))
}

const lastSecond = Date.parse('9999-12-31T23:59:59Z') / 1_000

/** A moment of the network, in seconds (history of some phones: milliseconds), as RFC 3339. Throws for what is no time. */
export function timeOf(value: unknown): string {
  const told = typeof value === 'string' && /^\d{1,16}(\.\d+)?$/.test(value) ? Number(value) : value
  if (typeof told !== 'number' || !(told > 0)) throw new Error('It has no time')
  const seconds = told > 100_000_000_000 ? told / 1_000 : told
  if (seconds > lastSecond) throw new Error('It has no time')
  return new Date(seconds * 1_000).toISOString()
}

const windowMs = 24 * 3_600_000

/** Until when one may write freely after somebody wrote at this moment (`protocol/meta.md` 7.2). */
export function windowAfter(at: string): string {
  return new Date(Date.parse(at) + windowMs).toISOString()
}
