import { createHash } from 'node:crypto'

/** Digits of an international number written with or without '+', spaces, dashes or brackets; undefined if it cannot be one. */
export function parsePhone(value: unknown): string | undefined {
  if (typeof value !== 'string' && typeof value !== 'number') return undefined
  const digits = String(value)
    .replaceAll(/[\s()-]/g, '')
    .replace(/^\+/, '')
  return /^[1-9]\d{6,14}$/.test(digits) ? digits : undefined
}

/** The hidden id that WhatsApp gives this number: opaque, 15 digits, the same at every start (protocol/bridge.md 4.1). */
export function lidOf(phone: string): string {
  const hash = createHash('sha256').update(`lid:${phone}`).digest()
  return `1${(hash.readBigUInt64BE(0) % 100_000_000_000_000n).toString().padStart(14, '0')}`
}

/** In this world every well-formed number has WhatsApp but those that end in five zeros. */
export function isOnWhatsApp(phone: string): boolean {
  return !phone.endsWith('00000')
}
