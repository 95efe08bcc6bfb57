import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type FirstSetup, readFirstSetup } from './setup-file.ts'

const token = 't'.repeat(32)
const setup: FirstSetup = {
  matrix: {
    homeserver_url: 'http://127.0.0.1:8008',
    server_name: 'x.org',
    admin_login: 'root',
    admin_password: 'p',
    bridge_url: 'http://127.0.0.1:29318',
  },
  registration_shared_secret: token,
  registration: {
    id: 'mistok',
    user_prefix: 'crm_',
    as_token: token,
    hs_token: token,
    double_puppet_token: token,
    double_puppet_hs_token: token,
  },
}

test('a file that is not what the stack has written is refused, and nothing of it is said', () => {
  const directory = mkdtempSync(join(tmpdir(), 'mistok-setup-'))
  const file = join(directory, 'setup.json')
  writeFileSync(file, JSON.stringify(setup))
  expect(readFirstSetup(file)).toEqual(setup)
  writeFileSync(file, JSON.stringify({ ...setup, registration_shared_secret: 'short-secret' }))
  expect(() => readFirstSetup(file)).toThrow(/^it is not what mistok stack has written$/)
  rmSync(directory, { recursive: true })
})
