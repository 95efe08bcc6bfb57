import { randomBytes } from 'node:crypto'
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ConfigError } from './config-error.ts'
import { keyBytes, type KeyRing } from './seal.ts'

/**
 * Reads keys as they are configured: 32 bytes each in hex or base64, parted by commas or lines. The first seals, the others
 * only open what was sealed before (rotation). Undefined when one of them is no key.
 */
export function parseKeys(text: string): KeyRing | undefined {
  const keys = text
    .split(/[\s,]+/)
    .filter((part) => part !== '')
    .map(parseKey)
  const [current, ...previous] = keys
  if (current === undefined || previous.includes(undefined)) return undefined
  return { current, previous: previous.filter((key) => key !== undefined) }
}

/** The sealing key: the one configured, else `secret.key` in the data directory, made there for this user alone when it is missing. */
export function loadSecretKey({ configured, dataDir }: { configured: KeyRing | undefined; dataDir: string }): KeyRing {
  if (configured !== undefined) return configured
  const file = join(dataDir, 'secret.key')
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  const ring = parseKeys(readOrMake(file))
  if (ring === undefined)
    throw new ConfigError([`${file} holds no key of 32 bytes in base64 or hex. Put the old file back: it opens the stored secrets.`])
  return ring
}

function readOrMake(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error
  }
  // Written whole under another name first, so that neither a crash nor a second process ever meets half a key.
  const draft = `${file}.${process.pid}`
  writeFileSync(draft, `${randomBytes(keyBytes).toString('base64')}\n`, { mode: 0o600, flush: true })
  try {
    linkSync(draft, file)
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error
  } finally {
    rmSync(draft)
  }
  return readFileSync(file, 'utf8')
}

function parseKey(text: string): Uint8Array | undefined {
  if (/^[0-9a-f]{64}$/i.test(text)) return Buffer.from(text, 'hex')
  if (!/^[A-Za-z0-9+/_-]{43}=?$/.test(text)) return undefined
  const bytes = Buffer.from(text, 'base64')
  return bytes.length === keyBytes ? bytes : undefined
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}
