import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

/** What an operator finds in the files of homeserver and bridge. */
export type Secrets = { as_token: string; hs_token: string; sender_localpart: string; shared_secret: string; admin_password: string }

/** The tokens that an earlier start wrote to the file, or new ones, written there. */
export function keptSecrets(file: string | undefined): Secrets {
  if (file !== undefined && existsSync(file)) return JSON.parse(readFileSync(file, 'utf8')) as Secrets
  const token = () => randomBytes(32).toString('hex')
  const secrets: Secrets = {
    as_token: token(),
    hs_token: token(),
    sender_localpart: randomBytes(16).toString('hex'),
    shared_secret: token(),
    admin_password: randomBytes(12).toString('base64url'),
  }
  if (file !== undefined) {
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, JSON.stringify(secrets), { mode: 0o600 })
  }
  return secrets
}
