import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Provider, RawBatch, RawRequest } from '../../../server/providers/provider.ts'
import { addMessage, addChannel, addChat, openTestHttp, type TestHttp } from '../../support/http.ts'

let http: TestHttp
let received: RawRequest[]
let kept: RawBatch[]
let isAway: boolean
let webRoot: string

/** A network that pushes to one path, and tells by a header what it wants to hear. */
const network = {
  name: 'matrix',
  intake: {
    push: {
      matches: (method: string, path: string) => method === 'PUT' && path.startsWith('/_matrix/app/v1/transactions/'),
      receive(request: RawRequest) {
        received.push(request)
        if (request.headers.authorization === undefined) return { reject: 401, reply: '{"errcode":"M_MISSING_TOKEN"}' }
        if (request.query.ask !== undefined) return { answer: '{"asked":true}', status: 404 }
        return { accept: { stream: 'as', key: 'k', body: Buffer.from(request.body).toString() }, reply: '{"kept":true}' }
      },
    },
  },
} as unknown as Provider

beforeEach(async () => {
  received = []
  kept = []
  isAway = false
  webRoot = mkdtempSync(join(tmpdir(), 'mistok-web-'))
  http = await openTestHttp(() => ({
    webRoot,
    providers: () => [network],
    async keep(_provider, batch) {
      if (isAway) throw new Error('the database is away')
      kept.push(batch)
    },
  }))
})
afterEach(async () => {
  await http.close()
  rmSync(webRoot, { recursive: true, force: true })
})

const push = (url: string, payload: Buffer | string, headers: Record<string, string> = { authorization: 'Bearer x' }) =>
  http.app.inject({ method: 'PUT', url, headers: { 'content-type': 'application/json', ...headers }, payload })

test('what a network pushes reaches its provider as raw bytes and is kept before it is answered', async () => {
  const body = Buffer.from('{"events": [ 1.0, "\\ud83d" ]}')
  const answer = await push('/_matrix/app/v1/transactions/a%2Fb?access_token=t', body)
  expect([answer.statusCode, answer.body, answer.headers['content-type']]).toEqual([200, '{"kept":true}', 'application/json'])
  expect(received).toMatchObject([{ method: 'PUT', path: '/_matrix/app/v1/transactions/a%2Fb', query: { access_token: 't' } }])
  expect(kept).toEqual([{ stream: 'as', key: 'k', body: body.toString() }])
  // Neither broken nor huge bodies are our business, and no type of body is.
  expect((await push('/_matrix/app/v1/transactions/1', '{broken', { authorization: 'x', 'content-type': 'text/plain' })).statusCode).toBe(
    200,
  )
  expect((await push('/_matrix/app/v1/transactions/1', Buffer.alloc(20_000_000, 32))).statusCode).toBe(200)
  expect((await push('/_matrix/app/v1/transactions/1', Buffer.alloc(33 * 1024 * 1024, 32))).statusCode).toBe(413)
})

test('what cannot be kept is not acknowledged', async () => {
  isAway = true
  const answer = await push('/_matrix/app/v1/transactions/1', '{}')
  expect([answer.statusCode, answer.json().errcode]).toEqual([503, 'M_UNKNOWN'])
})

test('what a provider refuses or merely answers is passed on, and nothing is kept', async () => {
  const refused = await push('/_matrix/app/v1/transactions/1', '{}', {})
  expect([refused.statusCode, refused.json()]).toEqual([401, { errcode: 'M_MISSING_TOKEN' }])
  const asked = await push('/_matrix/app/v1/transactions/1?ask=1', '{}')
  expect([asked.statusCode, asked.json()]).toEqual([404, { asked: true }])
  const nowhere = await push('/_matrix/app/v2/transactions/1', '{}')
  expect([nowhere.statusCode, nowhere.json().errcode]).toEqual([404, 'M_UNRECOGNIZED'])
  expect(kept).toEqual([])
})

test('the page is said to be missing until it is built, then served by exact names', async () => {
  const get = (url: string, headers: Record<string, string> = { accept: 'text/html' }) => http.app.inject({ url, headers })
  const missing = await get('/inbox')
  expect([missing.statusCode, missing.headers['content-type'], missing.body]).toEqual([
    503,
    'text/plain; charset=utf-8',
    'The page has not been built. Run: npm run build\n',
  ])
  mkdirSync(join(webRoot, 'assets'))
  writeFileSync(join(webRoot, 'index.html'), '<!doctype html><title>Mistok</title>')
  writeFileSync(join(webRoot, 'assets', 'app-1a2b.js'), 'export {}')
  for (const url of ['/', '/inbox/mine/cnv_1?q=1', '/settings']) {
    const page = await get(url)
    expect([page.statusCode, page.headers['content-type'], page.headers['cache-control']]).toEqual([
      200,
      'text/html; charset=utf-8',
      'no-cache',
    ])
    expect(String(page.headers['content-security-policy'])).toContain("script-src 'self';")
    expect(String(page.headers['content-security-policy'])).not.toContain('unsafe')
    expect((await get(url, { accept: 'text/html', 'if-none-match': String(page.headers.etag) })).statusCode).toBe(304)
  }
  const script = await get('/assets/app-1a2b.js', { accept: '*/*' })
  expect([script.headers['content-type'], script.headers['cache-control']]).toEqual([
    'text/javascript; charset=utf-8',
    'public, max-age=31536000, immutable',
  ])
  for (const url of [
    '/assets/app-9.js',
    '/..%2f..%2fpackage.json',
    '/assets/..%2findex.html',
    '/api/v1/inbox',
    '/health/x',
    '/index.html%00.js',
  ]) {
    const nothing = await get(url)
    expect([url, nothing.statusCode, nothing.headers['content-type']]).toEqual([url, 404, 'application/problem+json'])
  }
  expect((await http.app.inject({ method: 'POST', url: '/inbox' })).statusCode).toBe(404)
})

test('health tells that the process runs, and whether the database answers', async () => {
  const ask = async (url: string) => {
    const answer = await http.app.inject({ url })
    return [answer.statusCode, answer.json()]
  }
  expect(await ask('/health/live')).toEqual([200, { status: 'ok' }])
  expect(await ask('/health/ready')).toEqual([200, { status: 'ok' }])
  const down = await openTestHttp(() => ({
    readDb: {
      selectFrom() {
        throw new Error('connection refused at 10.0.0.1')
      },
    } as never,
  }))
  const answer = await down.app.inject({ url: '/health/ready' })
  expect([answer.statusCode, answer.json().code, answer.headers['retry-after']]).toEqual([503, 'unavailable', '2'])
  expect(answer.body).not.toContain('10.0.0.1')
  await down.close()
})

test('other origins are let in only where they are listed', async () => {
  const preflight = (origin: string) =>
    http.app.inject({
      method: 'OPTIONS',
      url: '/api/v1/users',
      headers: { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'content-type' },
    })
  const allowed = await preflight('https://crm.example')
  expect([allowed.statusCode, allowed.headers['access-control-allow-origin'], allowed.headers.vary]).toEqual([
    204,
    'https://crm.example',
    'Origin',
  ])
  const refused = await preflight('https://evil.example')
  expect(refused.headers['access-control-allow-origin']).toBeUndefined()
  const { headers } = await http.signedIn('admin', 'admin')
  const write = (origin: string) =>
    http.app.inject({ method: 'PATCH', url: '/api/v1/users/me', headers: { ...headers, origin }, payload: { name: 'New' } })
  expect((await write('https://crm.example')).statusCode).toBe(200)
  expect((await write('https://crm.example.evil.example')).statusCode).toBe(403)
})

test('the readable documentation loads nothing from elsewhere and runs nothing inline', async () => {
  const page = await http.app.inject({ url: '/api/docs', headers: { accept: 'text/html' } })
  const location = page.statusCode === 302 ? String(page.headers.location) : '/api/docs'
  const docs = await http.app.inject({ url: location })
  expect(docs.statusCode).toBe(200)
  expect(docs.headers['content-security-policy']).toContain("script-src 'self';")
  expect(docs.body).not.toMatch(/<script>|https?:\/\//)
  for (const [, path] of docs.body.matchAll(/(?:src|href)="([^"]+)"/g)) {
    expect([
      path,
      (await http.app.inject({ url: new URL(path ?? '', `http://x${location}/`.replace('//', '//')).pathname })).statusCode,
    ]).toEqual([path, 200])
  }
})

test('a quoted message, reactions and files stand in the message', async () => {
  const { headers, id: agent } = await http.signedIn('agent', 'agent')
  const channel = await addChannel(http.db)
  const { id, contact, messages } = await addChat(http.db, channel, { texts: ['the question'] })
  const answer = await addMessage(http.db, {
    channel,
    conversation: id,
    contact: null,
    text: 'the answer',
    sentAt: new Date(Date.now() + 1000),
    replyTo: `$${messages[0]}`,
  })
  await http.db
    .insertInto('reactions')
    .values([
      { message_id: answer, sender: 'a', contact_id: contact, user_id: null, emoji: '👍', external_id: '$r1' as never, at: new Date() },
      { message_id: answer, sender: 'b', contact_id: null, user_id: agent, emoji: '❤️', external_id: '$r2' as never, at: new Date() },
    ])
    .execute()
  await addMessage(http.db, {
    channel,
    conversation: id,
    contact,
    text: 'to something we never had',
    sentAt: new Date(Date.now() + 2000),
    replyTo: '$unknown',
  })
  const { items } = (await http.app.inject({ url: `/api/v1/communications/conversations/${id}/messages`, headers })).json()
  expect(items[0].reply_to).toEqual({ preview: '' })
  expect(items[1]).toMatchObject({
    sender: { id: channel, is_me: false },
    status: 'sent',
    reply_to: { id: messages[0], preview: 'the question', sender_name: 'Olena' },
    reactions: [
      { emoji: '👍', sender: { id: contact, name: 'Olena', is_me: false } },
      { emoji: '❤️', sender: { id: agent, name: 'agent', is_me: true } },
    ],
  })
  expect(items[2].status).toBeUndefined()
})
