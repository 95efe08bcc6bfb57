import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { kindOfAddress } from './addresses.ts'
import { createHttpClient, HttpError } from './http-client.ts'

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

async function serve(handler: RequestListener): Promise<string> {
  const server = createServer(handler)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closing.push(() => {
    server.closeAllConnections()
    return new Promise((resolve) => server.close(resolve))
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

function client(options: Partial<Parameters<typeof createHttpClient>[0]> = {}) {
  const made = createHttpClient({ purpose: 'test', allowPrivate: true, timeoutMs: 2_000, ...options })
  closing.push(() => made.close())
  return made
}

async function failure(promise: Promise<unknown>): Promise<HttpError> {
  const error = await promise.then(() => undefined).catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(HttpError)
  return error as HttpError
}

test.each([
  ['8.8.8.8', 'public'],
  ['2a00:1450:4001:80b::200e', 'public'],
  ['127.0.0.1', 'private'],
  ['10.1.2.3', 'private'],
  ['::1', 'private'],
  ['::ffff:192.168.1.1', 'private'],
  ['fd12::1', 'private'],
  ['64:ff9b::a00:1', 'private'],
  ['169.254.169.254', 'forbidden'],
  ['::ffff:169.254.169.254', 'forbidden'],
  ['64:ff9b::a9fe:a9fe', 'forbidden'],
  ['fd00:ec2::254', 'forbidden'],
  ['fe80::1', 'forbidden'],
  ['not an address', 'forbidden'],
])('%s is %s', (address, kind) => {
  expect(kindOfAddress(address)).toBe(kind)
})

test('an answer with its status, headers and body; redirects are not followed', async () => {
  const url = await serve((request, response) => {
    response.writeHead(302, { location: 'http://169.254.169.254/', 'x-seen': `${request.method} ${String(request.headers['x-a'])}` })
    request.pipe(response)
  })
  const response = await client().request({ method: 'POST', url, headers: { 'x-a': 'b' }, body: '{"a":1}' })
  expect([response.status, response.headers['x-seen'], await response.json()]).toEqual([302, 'POST b', { a: 1 }])
})

test('a stream goes up with the length that was promised and comes down piece by piece', async () => {
  const url = await serve((request, response) => {
    response.setHeader('x-length', request.headers['content-length'] ?? 'chunked')
    request.pipe(response)
  })
  async function* body() {
    yield Buffer.from('one ')
    yield Buffer.from('two')
  }
  const response = await client().request({ method: 'PUT', url, headers: { 'content-length': '7' }, body: body() })
  const pieces: Uint8Array[] = []
  for await (const piece of response.stream()) pieces.push(piece)
  expect([response.headers['x-length'], Buffer.concat(pieces).toString()]).toEqual(['7', 'one two'])
})

test.each([['file:///etc/passwd'], ['http://169.254.169.254/latest'], ['http://[fe80::1]/'], ['http://2852039166/'], ['nonsense']])(
  'never reaches %s',
  async (url) => {
    const error = await failure(client().request({ method: 'GET', url }))
    expect([error.reason, error.sent]).toEqual(['forbidden_address', false])
  },
)

test('private addresses only where they are allowed, by number and by name', async () => {
  const url = await serve((_, response) => response.end('inside'))
  const named = url.replace('127.0.0.1', 'localhost')
  expect(await (await client().request({ method: 'GET', url })).text()).toBe('inside')
  for (const address of [url, named]) {
    const outsider = await failure(client({ allowPrivate: false }).request({ method: 'GET', url: address }))
    const narrowed = await failure(client().request({ method: 'GET', url: address, publicOnly: true }))
    expect([outsider.reason, outsider.sent, narrowed.reason]).toEqual(['forbidden_address', false, 'forbidden_address'])
  }
})

test('says whether the request may have been received', async () => {
  const gone = await serve(() => {})
  for (const close of closing.splice(0)) await close()
  const refused = await failure(client().request({ method: 'PUT', url: gone, body: 'x' }))
  expect([refused.reason, refused.sent]).toEqual(['unreachable', false])

  const cut = await serve((request) => request.socket.destroy())
  const broken = await failure(client().request({ method: 'PUT', url: cut, body: 'x' }))
  expect([broken.reason, broken.sent]).toEqual(['broken', true])

  const silent = await serve(() => {})
  const late = await failure(client().request({ method: 'PUT', url: silent, body: 'x', timeoutMs: 50 }))
  expect([late.reason, late.sent]).toEqual(['timeout', true])

  const given = new AbortController()
  const pending = failure(client().request({ method: 'GET', url: silent, signal: given.signal }))
  given.abort()
  expect((await pending).reason).toBe('aborted')
})

test('an answer that is too large or no JSON is an error, not memory', async () => {
  const url = await serve((_, response) => response.end('x'.repeat(10_000)))
  const large = await client({ maxBodyBytes: 1_000 }).request({ method: 'GET', url })
  expect((await failure(large.text())).reason).toBe('too_large')
  const html = await client().request({ method: 'GET', url })
  expect((await failure(html.json())).reason).toBe('not_json')
})

test('an answer that drips is given up at the deadline', async () => {
  const url = await serve((_, response) => {
    response.write('a')
    const drip = setInterval(() => response.write('a'), 20)
    response.on('close', () => clearInterval(drip))
  })
  const response = await client().request({ method: 'GET', url, timeoutMs: 150 })
  expect((await failure(response.text())).reason).toBe('timeout')
})
