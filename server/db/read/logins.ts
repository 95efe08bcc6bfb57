import type { Selectable } from 'kysely'
import { renderSVG } from 'uqr'
import type { LoginId, UserId } from '../../../contract/ids.ts'
import type { Login, LoginStatus } from '../../../contract/login.ts'
import { openParts, type Seal } from '../../lib/seal.ts'
import type { Tables } from '../schema.ts'
import { present, presentTime } from './page.ts'
import { isOneOf, type Reads } from './viewer.ts'

const ended: readonly LoginStatus[] = ['connected', 'expired', 'cancelled', 'failed']

function toLogin(row: Selectable<Tables['logins']>, seal: Seal): Login {
  const secrets = ended.includes(row.status) ? {} : openParts(seal, 'logins', row.id, row.sealed)
  const expiresAt = row.expires_at?.toISOString()
  const isQr = row.status === 'show_qr' && secrets.data !== undefined && expiresAt !== undefined
  return {
    id: row.id,
    user_id: row.user_id,
    status: row.status,
    method: row.method,
    ...(isQr ? { qr: toQr(secrets.data ?? '', expiresAt, secrets) } : {}),
    ...present('code', row.status === 'show_code' ? secrets.code : undefined),
    ...present('expires_at', expiresAt),
    ...present('channel_id', row.channel_id),
    ...present('error', row.error),
    created_at: row.created_at.toISOString(),
    updated_at: row.updated_at.toISOString(),
  }
}

function toQr(data: string, expiresAt: string, { number, of }: Readonly<Record<string, string>>): NonNullable<Login['qr']> {
  return { data, svg: renderSVG(data, { border: 2 }), expires_at: expiresAt, number: Number(number ?? 1), of: Number(of ?? 1) }
}

/** Logins by id, with QR and code as long as they can be used. Who may see them is decided before. */
export async function presentLogins(db: Reads, seal: Seal, ids: readonly LoginId[]): Promise<ReadonlyMap<LoginId, Login>> {
  if (ids.length === 0) return new Map()
  const rows = await db.selectFrom('logins').selectAll().where(isOneOf('id', ids)).execute()
  return new Map(rows.map((row) => [row.id, toLogin(row, seal)]))
}

/** The newest attempt of a person to link a phone; undefined where there never was one. */
export async function findNewestLogin(db: Reads, seal: Seal, userId: UserId): Promise<Login | undefined> {
  const row = await db.selectFrom('logins').selectAll().where('user_id', '=', userId).orderBy('created_at', 'desc').orderBy('id', 'desc').limit(1).executeTakeFirst()
  return row === undefined ? undefined : toLogin(row, seal)
}
