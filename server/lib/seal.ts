import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto'

/** The keys that secrets are sealed with: new ones with `current`, old ones are still opened with `previous`. 32 bytes each. */
export interface KeyRing {
  readonly current: Uint8Array
  readonly previous: readonly Uint8Array[]
}

/** Makes secrets unreadable to whoever has only the database (`safety.md` S1). */
export interface Seal {
  /** Names the key that seals; part of every sealed text. */
  readonly keyId: string
  /** `context` says where the text is stored (`table|column|row`): sealed text that was moved elsewhere does not open. */
  seal(text: string, context: string): string
  /** Throws SealError when the key is not at hand, or the text was changed or moved. */
  open(sealed: string, context: string): string
  /** Whether this text was sealed with an earlier key, and should be sealed again. */
  isOutdated(sealed: string): boolean
}

/** A sealed text that cannot be opened. `keyId` is the key that it asks for, absent when it is no sealed text at all. */
export class SealError extends Error {
  override readonly name = 'SealError'
  readonly keyId: string | undefined
  constructor(message: string, keyId?: string) {
    super(message)
    this.keyId = keyId
  }
}

const version = 'v1'
const ivBytes = 12
const tagBytes = 16
export const keyBytes = 32

/** AES-256-GCM with a random IV; the text is `v1.<key id>.<iv, ciphertext and tag in base64url>`. */
export function createSeal(key: Uint8Array | KeyRing): Seal {
  const ring = key instanceof Uint8Array ? { current: key, previous: [] } : key
  const keys = new Map([...ring.previous, ring.current].map((bytes) => [keyIdOf(bytes), bytes]))
  const keyId = keyIdOf(ring.current)
  return {
    keyId,
    seal(text, context) {
      const iv = randomBytes(ivBytes)
      const cipher = createCipheriv('aes-256-gcm', ring.current, iv, { authTagLength: tagBytes }).setAAD(Buffer.from(context))
      const sealed = Buffer.concat([iv, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()])
      return `${version}.${keyId}.${sealed.toString('base64url')}`
    },
    open(sealed, context) {
      const [found, id, data] = sealed.split('.')
      if (found !== version || id === undefined || data === undefined) throw new SealError('This is not a sealed text.')
      const known = keys.get(id)
      if (known === undefined) throw new SealError(`This was sealed with the key ${id}, which is not at hand.`, id)
      return decrypt(known, Buffer.from(data, 'base64url'), context, id)
    },
    isOutdated: (sealed) => !sealed.startsWith(`${version}.${keyId}.`),
  }
}

/** What a key is called: the start of its hash, which tells nothing of the key. */
export function keyIdOf(key: Uint8Array): string {
  return createHash('sha256').update('mistok sealing key').update(key).digest('hex').slice(0, 8)
}

function decrypt(key: Uint8Array, bytes: Buffer, context: string, keyId: string): string {
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, ivBytes), { authTagLength: tagBytes })
    decipher.setAAD(Buffer.from(context)).setAuthTag(bytes.subarray(-tagBytes))
    return decipher.update(bytes.subarray(ivBytes, -tagBytes), undefined, 'utf8') + decipher.final('utf8')
  } catch {
    throw new SealError('A sealed text was changed, or stands where it was not sealed for.', keyId)
  }
}

/** The secrets of one row by name, as they are kept in its column `sealed`. */
export type SealedParts = Readonly<Record<string, string>>

/** Seals the secrets of one row, each for its own place. */
export function sealParts(seal: Seal, table: string, row: string, parts: SealedParts): SealedParts {
  return Object.fromEntries(Object.entries(parts).map(([name, text]) => [name, seal.seal(text, `${table}|${name}|${row}`)]))
}

/** Opens the secrets of one row. Throws SealError. */
export function openParts(seal: Seal, table: string, row: string, sealed: SealedParts): SealedParts {
  return Object.fromEntries(Object.entries(sealed).map(([name, text]) => [name, seal.open(text, `${table}|${name}|${row}`)]))
}
