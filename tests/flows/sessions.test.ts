import { afterEach, expect, test } from 'vitest'
import type { Message } from '../../contract/message.ts'
import type { SandboxOptions } from '../../sandbox/index.ts'
import { waitFor } from '../e2e/wait.ts'
import type { Person } from '../support/api-client.ts'
import type { Followed } from '../support/event-stream.ts'
import { conversationsOf, findMessage, linkByQr, messagesOf, sendAndDeliver } from '../support/inbox.ts'
import { makeFirstAdmin } from '../support/newcomer/linking.ts'
import { beginStory, channelWhen, olena, ours, type Story } from '../support/newcomer/story.ts'
import { openWorld, type World } from '../support/world.ts'

let world: World
let story: Story
let admin: Person
let stream: Followed
async function begin(sandbox: Partial<SandboxOptions>): Promise<void> {
  world = await openWorld({ registered: false, intake: 'sync', timeScale: 0.05, sandbox })
  story = beginStory(world)
  await makeFirstAdmin(story)
  ;({ admin, stream } = story)
  await admin.call('saveMatrixSystemConfig', { body: world.settings })
  await linkByQr(world, admin, ours)
  await hears('before')
}
afterEach(async () => {
  stream.close()
  await world[Symbol.asyncDispose]()
})

/** A customer writes, and it arrives. */
async function hears(text: string): Promise<void> {
  await world.phones.write(olena, { to: ours, type: 'text', text })
  await arrives(text)
}

function arrives(text: string): Promise<Message> {
  return stream.until('message.created', text, (message) => 'text' in message && message.text === text, 60_000)
}

async function said(): Promise<readonly string[]> {
  const [conversation] = await conversationsOf(admin)
  return (await messagesOf(admin, conversation!)).map((message) => ('text' in message ? (message.text ?? '') : message.type))
}

/** What the homeserver answers to a request. */
async function homeserver(method: string, place: string, token: string | undefined, body: object) {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` }
  const answer = await fetch(world.settings.homeserver_url + place, { method, headers, body: JSON.stringify(body) })
  return { status: answer.status, body: (await answer.json()) as Record<string, string> }
}

const signIn = (password = '') =>
  homeserver('POST', '/_matrix/client/v3/login', undefined, {
    type: 'm.login.password',
    identifier: { type: 'm.id.user', user: world.settings.admin_login },
    password,
  })

test.each([
  ['the token of an account is revoked', '@crm_', false],
  ['every token is revoked, the admin’s too', '@', false],
  ['the token of an account is revoked, and the homeserver takes no more sign-ins from us', '@crm_', true],
])('%s: a new one is made, the stream goes on from its cursor', { timeout: 90_000 }, async (_name, whose, limited) => {
  // As a homeserver limits sign-ins by itself.
  await begin({ loginRateLimit: { perSecond: 0.003, burst: 5 } })
  if (limited) for (let status = 0; status !== 429;) ({ status } = await signIn('wrong'))
  expect(await world.phones.revokeTokens(whose)).not.toEqual([])
  for (const text of ['one', 'two', 'three']) await world.phones.write(olena, { to: ours, type: 'text', text })
  for (const text of ['one', 'two', 'three']) await arrives(text)
  const [conversation] = await conversationsOf(admin)
  await sendAndDeliver(admin, conversation!, { text: 'answer' })
  expect(await said()).toEqual(['before', 'one', 'two', 'three', 'answer'])
  expect(await channelWhen(story, ours, 'connected')).not.toHaveProperty('status_detail')
  expect(await admin.call('getOperations')).toMatchObject({ dead_letters: 0 })
})

test(
  'nothing is left to make a new session with: the number says what to do, and goes on once it is done',
  { timeout: 120_000 },
  async () => {
    await begin({})
    await admin.call('saveMatrixSystemConfig', { body: { ...withoutPassword(), forget_admin_password: true } })
    const token = (await signIn(world.settings.admin_password)).body['access_token']
    const [account = ''] = await world.phones.revokeTokens('@crm_')
    const place = `/_synapse/admin/v2/users/${encodeURIComponent(account)}`
    expect((await homeserver('PUT', place, token, { password: 'changed by somebody', logout_devices: true })).status).toBe(200)
    await world.phones.revokeTokens('@')
    await world.phones.write(olena, { to: ours, type: 'text', text: 'meanwhile' })

    const degraded = await channelWhen(story, ours, 'degraded')
    expect(degraded.status_detail).toMatch(/enter the admin password in the Matrix settings again/i)
    const settings = await admin.call('getMatrixSystemConfig')
    expect(settings.checks[0]).toMatchObject({ id: 'admin', status: 'error', fix: expect.stringContaining('admin password') })
    const [conversation] = await conversationsOf(admin)
    const queued = await admin.call('sendMessage', { params: { conversation_id: conversation!.id }, body: { text: 'does it go?' } })
    const failed = await waitFor(
      async () => {
        const message = await findMessage(admin, queued)
        return message?.status === 'failed' && message
      },
      { what: 'the message to fail' },
    )
    expect(failed.error).toMatchObject({ code: 'channel_not_connected', detail: expect.stringContaining('admin password') })

    await admin.call('saveMatrixSystemConfig', { body: world.settings })
    await arrives('meanwhile')
    await channelWhen(story, ours, 'connected')
    await admin.call('retryMessage', { params: { message_id: queued.id } })
    await hears('after')
    expect((await said()).toSorted()).toEqual(['before', 'does it go?', 'meanwhile', 'after'].toSorted())
  },
)

function withoutPassword() {
  const { admin_password: _, ...settings } = world.settings
  return settings
}
