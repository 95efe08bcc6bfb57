import { afterAll, beforeAll, expect, test } from 'vitest'
import type { MediaId } from '../../../contract/ids.ts'
import { createFetchUpload, storeUpload } from '../../../server/inbox/media/media.ts'
import { newId, systemClock } from '../../../server/lib/clock.ts'
import { createHttpClient, type HttpClient } from '../../../server/lib/http-client.ts'
import { openMediaFiles } from '../../../server/lib/media-files.ts'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openTestHttp, type Person, type TestHttp } from '../../support/http.ts'

let http: TestHttp
let agent: Person
const directory = mkdtempSync(join(tmpdir(), 'mistok-media-'))

beforeAll(async () => {
  const files = openMediaFiles({ directory, maxBytes: 200_000 })
  const deps = () => ({ db: http.db, clock: systemClock, newId, files, findLine: async () => undefined })
  http = await openTestHttp((parts) => ({
    media: {
      store: (bytes, meta) => storeUpload(deps(), bytes, meta),
      fetch: (url, ...asked) => createFetchUpload(deps(), url.includes('127.0.0.1') ? guarded : elsewhere)(url, ...asked),
      read: (id, range) => files.read(id, range),
    },
    log: parts.log,
  }))
  agent = await http.signedIn('agent', 'agent')
})
afterAll(async () => {
  await guarded.close()
  await http.close()
  rmSync(directory, { recursive: true, force: true })
})

const guarded = createHttpClient({ purpose: 'attachment', allowPrivate: false })
/** The web, on which one picture is. */
const elsewhere: HttpClient = {
  async request({ url }) {
    const bytes = async function* () {
      yield Buffer.from('picture')
    }
    return {
      status: url.endsWith('/cat.png') ? 200 : 404,
      headers: { 'content-type': 'image/png; charset=binary' },
      text: async () => '',
      json: async () => ({}),
      stream: bytes,
      discard: async () => {},
    }
  },
  close: async () => {},
}
const fetched = (payload: object) => http.app.inject({ method: 'POST', url: '/api/v1/media', headers: agent.headers, payload })

const upload = (part: { field?: string; name?: string; type?: string; bytes: Buffer | string }) => {
  const { field = 'file', name = 'photo.png', type = 'image/png', bytes } = part
  const head = `--edge\r\nContent-Disposition: form-data; name="${field}"; filename="${name}"\r\nContent-Type: ${type}\r\n\r\n`
  const payload = Buffer.concat([Buffer.from(head), Buffer.from(bytes), Buffer.from('\r\n--edge--\r\n')])
  return http.app.inject({
    method: 'POST',
    url: '/api/v1/media',
    headers: { ...agent.headers, 'content-type': 'multipart/form-data; boundary=edge' },
    payload,
  })
}
const get = (url: string, headers: Record<string, string> = {}) => http.app.inject({ url, headers: { ...agent.headers, ...headers } })

test('what was uploaded comes back byte for byte, whole and in parts', async () => {
  const bytes = Buffer.from(Array.from({ length: 1000 }, (_, n) => n % 256))
  const made = await upload({ bytes })
  expect(made.json()).toEqual({
    id: expect.stringMatching(/^med_/),
    type: 'image',
    mime_type: 'image/png',
    file_name: 'photo.png',
    size_bytes: 1000,
    status: 'ready',
    url: `/api/v1/media/${made.json().id}`,
  })
  const { url } = made.json()
  const whole = await get(url)
  expect([whole.statusCode, whole.rawPayload.equals(bytes)]).toEqual([200, true])
  expect(whole.headers).toMatchObject({
    'content-type': 'image/png',
    'content-length': '1000',
    'accept-ranges': 'bytes',
    'x-content-type-options': 'nosniff',
    'content-security-policy': "default-src 'none'; sandbox",
    'content-disposition': `inline; filename="photo.png"; filename*=UTF-8''photo.png`,
  })
  expect((await get(url, { 'if-none-match': String(whole.headers.etag) })).statusCode).toBe(304)

  for (const [range, start, end] of [
    ['bytes=0-0', 0, 0],
    ['bytes=10-19', 10, 19],
    ['bytes=990-', 990, 999],
    ['bytes=990-5000', 990, 999],
    ['bytes=-10', 990, 999],
    ['bytes=-5000', 0, 999],
  ] as const) {
    const part = await get(url, { range })
    expect([range, part.statusCode, part.headers['content-range'], part.rawPayload.equals(bytes.subarray(start, end + 1))]).toEqual([
      range,
      206,
      `bytes ${start}-${end}/1000`,
      true,
    ])
  }
  for (const range of ['bytes=1000-', 'bytes=5000-6000', 'bytes=-0']) {
    const outside = await get(url, { range })
    expect([range, outside.statusCode, outside.headers['content-range'], outside.json().code]).toEqual([
      range,
      416,
      'bytes */1000',
      'range_not_satisfiable',
    ])
  }
  for (const range of ['bytes=5-1', 'bytes=0-1,5-6', 'lines=1-2', 'bytes=-', 'bytes=a-b'])
    expect([range, (await get(url, { range })).statusCode]).toEqual([range, 200])
  const head = await http.app.inject({ method: 'HEAD', url, headers: agent.headers })
  expect([head.statusCode, head.headers['content-length'], head.body]).toEqual([200, '1000', ''])
})

test.each([
  ['image/svg+xml', '<svg/>'],
  ['text/html', '<script>alert(1)</script>'],
  ['application/pdf', '%PDF'],
  ['image/png; charset=utf-7', 'x'],
  ['text/html, image/png', 'x'],
])('%s is never shown, only downloaded', async (type, bytes) => {
  const { url } = (await upload({ type, bytes, name: 'file' })).json()
  const answer = await get(url)
  const isShown = answer.headers['content-type'] === 'image/png'
  expect([answer.headers['content-type'], String(answer.headers['content-disposition']).startsWith('inline')]).toEqual(
    isShown ? ['image/png', true] : ['application/octet-stream', false],
  )
  expect(isShown).toBe(type.startsWith('image/png'))
  expect((await get(`${url}?download=true`)).headers['content-disposition']).toMatch(/^attachment/)
})

test.each([
  ['../../etc/passwd', 'passwd'],
  ['C:\\\\dir\\\\звіт.png', 'звіт.png'],
  ['a\u0001b.png', 'ab.png'],
])('the name %j is kept as %j and breaks no header', async (name, kept) => {
  const made = await upload({ name, bytes: 'x' })
  expect(made.json().file_name).toBe(kept)
  const disposition = String((await get(made.json().url)).headers['content-disposition'])
  expect(disposition).toMatch(/^inline; filename="[\x20-\x7e]*"; filename\*=UTF-8''[\w.%~-]+$/)
  expect(decodeURIComponent(disposition.split("UTF-8''")[1] ?? '')).toBe(kept)
})

test('an upload that cannot be taken leaves nothing behind', async () => {
  const count = async () => (await http.db.selectFrom('media').select('id').execute()).length
  const before = await count()
  const refused = [
    [await upload({ bytes: '' }), 400, '/file'],
    [await upload({ field: 'other', bytes: 'x' }), 400, '/file'],
    [await upload({ bytes: Buffer.alloc(200_001) }), 413, undefined],
  ] as const
  for (const [answer, status, pointer] of refused) expect([answer.statusCode, answer.json().errors?.[0].pointer]).toEqual([status, pointer])
  const broken = await http.app.inject({
    method: 'POST',
    url: '/api/v1/media',
    headers: { ...agent.headers, 'content-type': 'multipart/form-data' },
    payload: 'x',
  })
  const cutOff = await http.app.inject({
    method: 'POST',
    url: '/api/v1/media',
    headers: { ...agent.headers, 'content-type': 'multipart/form-data; boundary=edge' },
    payload: '--edge\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nabc',
  })
  for (const answer of [broken, cutOff]) expect([answer.statusCode, answer.json().code]).toEqual([400, 'invalid_request'])
  expect(readdirSync(directory, { recursive: true }).filter((name) => String(name).endsWith('.partial'))).toEqual([])
  expect(await count()).toBe(before)
})

test('a file is fetched from its address as if it had been uploaded', async () => {
  const made = await fetched({ url: 'https://example.org/animals/cat.png' })
  expect([made.statusCode, made.json()]).toMatchObject([
    201,
    { type: 'image', mime_type: 'image/png', file_name: 'cat.png', size_bytes: 7 },
  ])
  expect((await get(made.json().url)).rawPayload.toString()).toBe('picture')
})

test.each([
  [{}, '/url'],
  [{ url: 'x' }, '/url'],
  [{ url: 7 }, '/url'],
  [{ url: 'ftp://example.org/a' }, '/url'],
  [{ url: 'https://example.org/a', name: 'b' }, '/name'],
  [{ url: 'https://example.org/nothing.png' }, '/url'],
  [{ url: 'http://127.0.0.1:1/inside' }, '/url'],
  [[], '/url'],
])('the address in %j is refused and leaves nothing behind', async (payload, pointer) => {
  const count = async () => (await http.db.selectFrom('media').select('id').execute()).length
  const before = await count()
  const answer = await fetched(payload)
  expect([answer.statusCode, answer.json().errors[0].pointer]).toEqual([400, pointer])
  expect(await count()).toBe(before)
})

test('a file that is not here yet is said to be missing', async () => {
  const { id, url } = (await upload({ bytes: 'x' })).json()
  await http.db
    .updateTable('media')
    .set({ status: 'pending' })
    .where('id', '=', id as MediaId)
    .execute()
  const answer = await get(url)
  expect([answer.statusCode, answer.json().detail]).toEqual([404, 'The bytes of this file are not here (pending).'])
})
