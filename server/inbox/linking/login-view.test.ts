import { encode } from 'uqr'
import { expect, test } from 'vitest'
import type { LoginId, UserId } from '../../../contract/ids.ts'
import type { LoginRow } from '../../db/logins.ts'
import { createSeal } from '../../lib/seal.ts'
import { sealStep, toLogin } from './login-view.ts'

const seal = createSeal(Buffer.alloc(32, 1))
const row: LoginRow = {
  id: 'lgn_1' as LoginId,
  user_id: 'usr_1' as UserId,
  requested_by: 'usr_1' as UserId,
  account_id: 'acc_1',
  method: 'qr',
  phone_number: null,
  name: null,
  access: 'personal',
  status: 'show_qr',
  sealed: {},
  known_phones: [],
  expires_at: new Date('2026-11-22T12:01:00Z'),
  channel_id: null,
  error: null,
  transfer_id: null,
  relinks: null,
  copy: null,
  created_at: new Date('2026-11-22T12:00:00Z'),
  updated_at: new Date('2026-11-22T12:00:00Z'),
}
const data = 'https://wa.me/settings/linked_devices#2@abc,def,ghi,jkl,1'
const step = { type: 'qr', handle: 'h', data, expiresAt: '2026-11-22T12:01:00.000Z', number: 1, of: 6 } as const

test('the drawing has exactly the dark modules of the code, and stays small', () => {
  const { qr } = toLogin(seal, { ...row, sealed: sealStep(seal, row, step) })
  const { size, data: modules } = encode(data, { ecc: 'L', border: 2 })
  const drawn = modules.map((line) => line.map(() => false))
  for (const [, x, y, length] of qr?.svg.matchAll(/M(\d+) (\d+)h(\d+)v1h-\3z/g) ?? []) {
    for (let at = Number(x); at < Number(x) + Number(length); at++) drawn[Number(y)]?.splice(at, 1, true)
  }
  expect(drawn).toEqual(modules)
  expect(qr?.svg).toContain(`viewBox="0 0 ${size} ${size}"`)
  expect(qr?.svg.length).toBeLessThan(12_000)
})

test.each(['expired', 'cancelled', 'failed', 'connected', 'finishing'] as const)(
  'a login that is %s shows no code, even where one is still sealed in the row',
  (status) => {
    const login = toLogin(seal, { ...row, status, sealed: sealStep(seal, row, step) })
    expect(login).not.toHaveProperty('qr')
    expect(JSON.stringify(login)).not.toContain('linked_devices')
  },
)
