import { encode } from 'uqr'
import type { Login } from '../../../contract/login.ts'
import { isOpen, type LoginRow } from '../../db/logins.ts'
import { openParts, type Seal, type SealedParts, sealParts } from '../../lib/seal.ts'
import type { LoginStep } from '../../providers/provider.ts'

/** A step that somebody can act on, and that the network can be asked about by its handle. */
export type LiveStep = Extract<LoginStep, { readonly handle: string }>

/** What is kept of a step while the login is open, sealed: it is enough to take the phone over. */
export function sealStep(seal: Seal, row: LoginRow, step: LiveStep): SealedParts {
  return sealParts(seal, 'logins', row.id, { step: JSON.stringify(step) })
}

/** The step that the login stands at; undefined while it starts and when it is over. */
export function openStep(seal: Seal, row: LoginRow): LiveStep | undefined {
  const { step } = openParts(seal, 'logins', row.id, row.sealed)
  return step === undefined ? undefined : (JSON.parse(step) as LiveStep)
}

/** The login as the person concerned sees it. QR and code are there only as long as they are of use. */
export function toLogin(seal: Seal, row: LoginRow): Login {
  const step = isOpen(row) ? openStep(seal, row) : undefined
  return {
    id: row.id,
    user_id: row.user_id,
    status: row.status,
    method: row.method,
    ...(row.status === 'show_qr' && step?.type === 'qr' ? { qr: qrOf(step) } : {}),
    ...(row.status === 'show_code' && step?.type === 'code' ? { code: step.code } : {}),
    ...(row.expires_at === null || !isOpen(row) ? {} : { expires_at: row.expires_at.toISOString() }),
    ...(row.channel_id === null ? {} : { channel_id: row.channel_id }),
    ...(row.transfer_id === null ? {} : { transfer_id: row.transfer_id }),
    ...(row.relinks === null || row.status !== 'connected' ? {} : { instead_of: row.relinks }),
    ...(row.error === null || isOpen(row) ? {} : { error: row.error }),
    created_at: row.created_at.toISOString(),
    updated_at: row.updated_at.toISOString(),
  }
}

function qrOf({ data, expiresAt, number, of }: Extract<LiveStep, { type: 'qr' }>): NonNullable<Login['qr']> {
  return { data, svg: drawQr(data), expires_at: expiresAt, number, of }
}

/** Drawn as it came, with the weakest error correction, as the bridge's own bot does (`protocol/bridge.md` 1.5). */
function drawQr(text: string): string {
  const { size, data } = encode(text, { ecc: 'L', border: 2 })
  const bars = data.flatMap((row, y) => {
    const line = row.map((dark) => (dark ? '1' : '0')).join('')
    return [...line.matchAll(/1+/g)].map((run) => `M${run.index} ${y}h${run[0].length}v1h-${run[0].length}z`)
  })
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size} ${size}" shape-rendering="crispEdges"><path fill="#fff" d="M0 0h${size}v${size}H0z"/><path d="${bars.join('')}"/></svg>`
}
