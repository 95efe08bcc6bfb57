import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:tls'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { checkCertificate } from './doctor-certificate.ts'
import { testCertificate } from './fixtures/certificate.ts'

const server = createServer(testCertificate)
let address: string
beforeAll(async () => {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  address = `https://localhost:${(server.address() as AddressInfo).port}`
})
afterAll(() => server.close())

const day = 24 * 3_600_000
const until = testCertificate.until.getTime()
test.each([
  ['is good', until - 60 * day, 'ok', /good until/],
  ['ends soon', until - 3 * day, 'warning', /from then on nobody/],
  ['has ended', until + day, 'error', /any more/],
])('a certificate that %s', async (_, now, status, words) => {
  expect(await checkCertificate('certificate', address, now)).toMatchObject([{ status, detail: expect.stringMatching(words) }])
})

test('an address without one is not asked, one that does not answer is said', async () => {
  expect(await checkCertificate('certificate', 'http://127.0.0.1:1', 0)).toEqual([])
  expect(await checkCertificate('certificate', 'https://127.0.0.1:1', 0)).toMatchObject([
    { status: 'warning', detail: expect.stringMatching(/cannot be seen/) },
  ])
})
