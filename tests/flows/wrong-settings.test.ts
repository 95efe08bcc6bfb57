import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import type { Check, MatrixSystemConfigInput } from '../../contract/settings.ts'
import type { SandboxOptions } from '../../sandbox/index.ts'
import { linkByQr } from '../support/inbox.ts'
import { makeFirstAdmin } from '../support/newcomer/linking.ts'
import { beginStory, olena, ours, type Story } from '../support/newcomer/story.ts'
import { openWorld, type World } from '../support/world.ts'

const opened: World[] = []
const close = async () => {
  for (const world of opened.splice(0)) await world[Symbol.asyncDispose]()
}

/** A world whose settings are typed but not saved. */
async function open(sandbox: Partial<SandboxOptions> = {}, registered = false): Promise<Story> {
  const world = await openWorld({ registered, intake: 'push_and_sync', timeScale: 0.1, sandbox })
  opened.push(world)
  const story = beginStory(world)
  await makeFirstAdmin(story)
  story.stream.close()
  return story
}

/** The same for one test. */
function openForTest(...options: Parameters<typeof open>): Promise<Story> {
  onTestFinished(close)
  return open(...options)
}

type Settings = MatrixSystemConfigInput
const wrong = (checks: readonly Check[]) => checks.filter(({ status }) => status === 'error' || status === 'warning')
/** What the seed's page has fields for. */
function fiveOf({ homeserver_url, server_name, admin_login, admin_password = '', bridge_admin_secret = '' }: Settings): Settings {
  return { homeserver_url, server_name, admin_login, admin_password, bridge_admin_secret }
}

describe('what cannot be saved', () => {
  let story: Story
  let right: Awaited<ReturnType<typeof save>>
  const save = ({ admin, world }: Story) => admin.call('saveMatrixSystemConfig', { body: fiveOf(world.settings) })
  beforeAll(async () => {
    story = await open()
    right = await save(story)
    await linkByQr(story.world, story.admin, ours)
  })
  afterAll(close)

  test.each<[what: string, change: (right: Settings) => Partial<Settings>, pointer: string, words: RegExp]>([
    [
      'a homeserver that cannot be reached',
      () => ({ homeserver_url: 'http://127.0.0.1:9' }),
      '/homeserver_url',
      /cannot be reached: .*\. See that it runs/,
    ],
    [
      'another service for the homeserver',
      ({ bridge_url = '' }) => ({ homeserver_url: bridge_url }),
      '/homeserver_url',
      /no Matrix homeserver/,
    ],
    ['a wrong password', () => ({ admin_password: 'wrong' }), '/admin_password', /name or the password is wrong/],
    ['a wrong server name', () => ({ server_name: 'other.test' }), '/server_name', /calls itself mistok\.test/],
  ])('%s: refused in its own words, and what was saved before goes on working', async (what, change, pointer, words) => {
    const { admin, world } = story
    const refused = await admin.refused('saveMatrixSystemConfig', { body: { ...world.settings, ...change(world.settings) } })
    expect(refused).toMatchObject({ status: 400, code: 'invalid_request', detail: expect.stringMatching(/^Nothing was changed\. /) })
    expect(refused.errors).toMatchObject([{ pointer, detail: expect.stringMatching(words) }])
    expect(await admin.call('getMatrixSystemConfig')).toEqual(right)
    const stream = await admin.follow()
    await world.phones.write(olena, { to: ours, type: 'text', text: what })
    await stream.until('message.created', 'the message', (message) => 'text' in message && message.text === what, 60_000)
    stream.close()
  })
})

test.each<[what: string, change: (right: Settings) => Partial<Settings>, id: string, words: RegExp]>([
  ['a bridge that cannot be reached', () => ({ bridge_url: 'http://127.0.0.1:9' }), 'bridge', /cannot be reached/],
  ['another service for the bridge', ({ homeserver_url }) => ({ bridge_url: homeserver_url }), 'bridge', /no mautrix bridge/],
  ['a wrong secret', () => ({ bridge_admin_secret: 'wrong-but-long-enough' }), 'bridge_secret', /does not accept the admin secret/],
  ['a secret that is too short', () => ({ bridge_admin_secret: 'short' }), 'bridge_secret', /does not accept the admin secret/],
  [
    'the as_token in the secret’s place',
    ({ bridge_as_token = '' }) => ({ bridge_admin_secret: bridge_as_token }),
    'bridge_secret_kind',
    /as_token of the bridge’s registration/,
  ],
])('%s: said in its own words, and a phone is linked in the chat with the bot', { timeout: 60_000 }, async (_what, change, id, words) => {
  const { admin, world } = await openForTest()
  const { bridge_as_token: _, ...settings } = world.settings
  const saved = await admin.call('saveMatrixSystemConfig', { body: { ...settings, ...change(world.settings) } })
  const found = wrong(saved.checks).filter((check) => check.id === id)
  expect(found.map(({ detail }) => detail)).toEqual([expect.stringMatching(words)])
  expect(found.map(({ status, fix = '' }) => [status, fix.length > 20])).toEqual(found.map(() => ['warning', true]))
  // The bridge takes the token of an account where no secret is set; else its bot is asked.
  const way = id === 'bridge_secret_kind' ? 'bridge_flows' : 'bridge_bot_chat'
  expect(saved.checks).toContainEqual(expect.objectContaining({ id: way, status: 'ok' }))
  expect(await linkByQr(world, admin, ours)).toMatchObject({ status: 'connected' })
})

test.each<[what: string, sandbox: Partial<SandboxOptions>, id: string, words: RegExp, code: string]>([
  ['a bridge from before v0.11', { legacy: true }, 'bridge_version', /older than v0\.11/, 'bridge_update_needed'],
  ['no permission to link', { permissions: { '*': 'block' } }, 'bridge_permissions', /bridge\.permissions/, 'bridge_forbidden'],
  ['no room for a number', { maxLogins: 0 }, '', /^$/, 'login_limit'],
])(
  '%s: the checks say so, with the bridge’s address and without, and so does the attempt to link',
  async (_what, sandbox, id, words, code) => {
    const { admin, world } = await openForTest(sandbox)
    for (const body of [world.settings, fiveOf(world.settings)]) {
      const saved = await admin.call('saveMatrixSystemConfig', { body })
      const found = saved.checks.find((check) => check.id === id)
      expect(`${found?.detail ?? ''}${found?.fix ?? ''}`).toMatch(words)
      let login = await admin.call('connectWhatsapp', { params: { user_id: 'me' }, body: {} })
      for (; login.status === 'starting';) login = await admin.call('getWhatsappLogin', { params: { user_id: 'me' }, query: { wait: 10 } })
      expect(login).toMatchObject({ status: 'failed', error: { code } })
    }
  },
  90_000,
)

const delegated = /Matrix Authentication Service.*mistok registration/s

test('behind an authentication service nobody signs in by a password: said, and what to do', async () => {
  const { admin, world } = await openForTest({ authentication: 'strict' })
  const refused = await admin.refused('saveMatrixSystemConfig', { body: world.settings })
  expect(refused).toMatchObject({ status: 400, detail: expect.stringMatching(delegated), errors: [{ pointer: '/admin_password' }] })
})

test('behind an authentication service that passes sign-in on nobody can make accounts: said, and what to do', async () => {
  const { admin, world } = await openForTest({ authentication: 'compat' })
  const saved = await admin.call('saveMatrixSystemConfig', { body: world.settings })
  const found = saved.checks.find((check) => check.id === 'admin_rights')
  expect([found?.status, `${found?.detail} ${found?.fix}`]).toEqual(['error', expect.stringMatching(delegated)])
  const login = await admin.call('connectWhatsapp', { params: { user_id: 'me' }, body: {} })
  expect(login).toMatchObject({ status: 'failed', error: { detail: expect.stringMatching(delegated) } })
})

test.each(['strict', 'compat'] as const)(
  'behind an authentication service (%s) everything works through our application service',
  { timeout: 60_000 },
  async (authentication) => {
    const { admin, world } = await openForTest({ authentication }, true)
    const saved = await admin.call('saveMatrixSystemConfig', { body: fiveOf(world.settings) })
    expect(wrong(saved.checks)).toEqual([])
    await linkByQr(world, admin, ours)
    const stream = await admin.follow()
    await world.phones.write(olena, { to: ours, type: 'text', text: 'hello' })
    await stream.until('message.created', 'the message', (message) => 'text' in message && message.text === 'hello', 60_000)
    stream.close()
  },
)
