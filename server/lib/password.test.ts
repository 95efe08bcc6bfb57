import { expect, test } from 'vitest'
import { createPasswords } from './password.ts'

const cheap = { memory: 64, passes: 1 }

test('a password is verified by its PHC string, and by nothing else', async () => {
  const passwords = createPasswords({ cost: cheap })
  const stored = await passwords.hash('correct horse battery')
  expect(stored).toMatch(/^\$argon2id\$v=19\$m=64,t=1,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/)
  expect(await passwords.verify('correct horse battery', stored)).toEqual({ right: true, outdated: false })
  expect(await passwords.verify('correct horse batterY', stored)).toEqual({ right: false, outdated: false })
  expect(await passwords.verify('', null)).toEqual({ right: false, outdated: false })
  expect(await passwords.hash('correct horse battery')).not.toBe(stored)
})

test('a hash made elsewhere with the reference implementation is understood', async () => {
  // A test vector of the reference implementation (P-H-C/phc-winner-argon2, src/test.c): "password", "somesalt".
  const stored = '$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4'
  expect(await createPasswords({ cost: cheap }).verify('password', stored)).toEqual({ right: true, outdated: true })
})

test('more than may wait are refused, and the rest is served', async () => {
  const passwords = createPasswords({ cost: cheap, parallel: 1, waiting: 2 })
  const results = await Promise.allSettled(Array.from({ length: 5 }, () => passwords.hash('x')))
  expect(results.map((result) => result.status)).toEqual(['fulfilled', 'fulfilled', 'fulfilled', 'rejected', 'rejected'])
  expect(await passwords.hash('y')).toMatch(/^\$argon2id/)
})
