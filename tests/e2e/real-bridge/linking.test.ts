import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Login } from '../../../contract/login.ts'
import type { Check, MatrixSystemConfigInput } from '../../../contract/settings.ts'
import type { Person } from '../../support/api-client.ts'
import { conversationsOf, finished, inboxOf, linkByQr } from '../../support/inbox.ts'
import { makeFirstAdmin } from '../../support/newcomer/linking.ts'
import { beginStory, channelWhen, olena, ours, petro, type Story } from '../../support/newcomer/story.ts'
import { addAgent } from '../../support/newcomer/team.ts'
import { noAudit } from '../../support/world.ts'
import { matrixHttp } from '../matrix-http.ts'
import { type RealBridge, startRealBridge } from '../real-bridge.ts'
import { openSynapseWorld } from '../synapse-world.ts'
import { waitFor } from '../wait.ts'
import { changedConfig } from './config.ts'
import { type Door, openDoor } from './door.ts'

const me = { user_id: 'me' }
const other = '+380671110099'

// Numbers are those of protocol/bridge.md 13. The bridge is the real framework; codes, their times and what a phone answers are imitated.
describe('linking over the real bridge framework', { timeout: 120_000 }, () => {
  let bridge: RealBridge
  let door: Door
  let story: Story
  let settings: MatrixSystemConfigInput

  beforeAll(async () => {
    const openBridge = async (place: Parameters<typeof startRealBridge>[0]) => (bridge = await startRealBridge(place))
    const world = await openSynapseWorld({
      ...noAudit,
      intake: 'push_and_sync',
      registered: true,
      loginLimits: 'high',
      timeScale: 0.05,
      openBridge,
    })
    story = beginStory(world)
    await makeFirstAdmin(story)
    door = await openDoor(world.settings.bridge_url ?? '')
    settings = { ...world.settings, bridge_url: door.url }
  })
  afterAll(async () => {
    story?.stream?.close()
    await story?.world[Symbol.asyncDispose]()
    await door?.[Symbol.asyncDispose]()
  })

  const save = (change: Partial<MatrixSystemConfigInput> = {}) =>
    story.admin.call('saveMatrixSystemConfig', { body: { ...settings, ...change } })
  const connect = (person = story.admin, body = {}) => person.call('connectWhatsapp', { params: me, body })
  /** The login once it is more than `since` says. */
  const next = ({ updated_at: since }: Login, person = story.admin) =>
    person.call('getWhatsappLogin', { params: me, query: { wait: 25, since } })
  const toldBy = ({ checks }: { readonly checks: readonly Check[] }, id: string) => {
    const found = checks.find((check) => check.id === id)
    return `${found?.status} ${found?.detail} ${found?.fix}`
  }
  /** The bridge's own answer about the step that was asked for last. */
  const atBridge = () => {
    const step = door.asked.findLast((request) => request.includes('/login/step/'))?.split(' ')[1] ?? ''
    const [path = '', query = ''] = step.split('?')
    const own = matrixHttp(story.world.settings.bridge_url ?? '', { token: settings.bridge_admin_secret ?? '' })
    return own.post(path, {}, Object.fromEntries(new URLSearchParams(query)))
  }

  test.each<[what: string, change: (right: MatrixSystemConfigInput) => Partial<MatrixSystemConfigInput>, check: string, words: RegExp]>([
    [
      'the as_token in the secret’s place',
      ({ bridge_as_token = '' }) => ({ bridge_admin_secret: bridge_as_token }),
      'bridge_secret_kind',
      /as_token of the bridge’s registration/,
    ],
    ['a wrong secret', () => ({ bridge_admin_secret: 'wrong-but-long-enough' }), 'bridge_secret', /does not accept the admin secret/],
    ['no bridge', () => ({ bridge_url: 'http://127.0.0.1:9' }), 'bridge', /cannot be reached/],
    ['a homeserver for the bridge', ({ homeserver_url }) => ({ bridge_url: homeserver_url }), 'bridge', /no mautrix bridge/],
  ])('13.2 wrong values: %s', async (_, change, check, words) => {
    expect(toldBy(await save(change(settings)), check)).toMatch(words)
  })

  test('13.2 wrong values: another server, which is refused', async () => {
    const refused = await story.admin.refused('saveMatrixSystemConfig', { body: { ...settings, server_name: 'other.test' } })
    expect(refused.errors).toMatchObject([{ pointer: '/server_name', detail: expect.stringMatching(/calls itself mistok\.test/) }])
  })

  test.each([
    ['too short to be one', 'short'],
    ['switched off', 'disable'],
  ])('13.2 wrong values: the bridge’s own secret is %s', async (_, shared_secret) => {
    await bridge.restart(changedConfig({ provisioning: { shared_secret } }))
    expect(toldBy(await save(), 'bridge_secret')).toMatch(/control API is switched off.*at least 16 characters/)
  })

  test('13.3 permissions: who may not link is told so, and what to set', async () => {
    await bridge.restart(changedConfig({ bridge: { permissions: { 'mistok.test': 'block' } } }))
    expect(toldBy(await save(), 'bridge_permissions')).toMatch(/does not let .* link phones.*bridge\.permissions/)
    await connect()
    expect(await finished(story.admin)).toMatchObject({ status: 'failed', error: { code: 'bridge_forbidden' } })
    await bridge.restart()
  })

  test('13.1 right values: every check is in order, and the network and its ways of linking are known', async () => {
    const { checks } = await save()
    expect(checks.filter(({ status }) => status !== 'ok' && status !== 'skipped')).toEqual([])
    expect(checks.map(({ id }) => id)).toEqual(
      expect.arrayContaining(['bridge', 'bridge_network', 'bridge_homeserver', 'bridge_flows', 'bridge_durable_mode']),
    )
  })

  test('13.4 QR: each of the six is seen in two tabs, and one waits for them at the bridge', async () => {
    const first = await connect()
    expect(first).toMatchObject({ status: 'show_qr', qr: { number: 1, of: 6 } })
    const tab = async () => {
      const seen = [first]
      while (seen.at(-1)?.qr !== undefined) seen.push(await next(seen.at(-1) ?? first))
      return seen
    }
    const [one, two] = await Promise.all([tab(), tab()])
    const codes = one.flatMap(({ qr }) => (qr === undefined ? [] : [qr]))
    expect(codes.map(({ number }) => number)).toEqual([1, 2, 3, 4, 5, 6])
    expect(new Set(codes.map(({ data }) => data)).size).toBe(6)
    expect(two).toEqual(one)
    expect(door.mostWaiting).toBe(1)
  })

  test('13.5 time-out: it is said, the bridge has forgotten the login, and a new start works at once', async () => {
    expect(await finished(story.admin)).toMatchObject({ status: 'expired', error: { code: 'code_expired' } })
    expect(await atBridge()).toMatchObject({ status: 404, body: { errcode: 'M_NOT_FOUND' } })
    expect(await connect()).toMatchObject({ status: 'show_qr', qr: { number: 1 } })
  })

  test('13.7 cancel: the bridge forgets the login, what was shown links nothing, and doing it again is harmless', async () => {
    const { qr } = await story.admin.call('getWhatsappLogin', { params: me })
    for (const _ of [1, 2]) await story.admin.call('cancelWhatsappLogin', { params: me })
    expect(await finished(story.admin)).toMatchObject({ status: 'cancelled' })
    await waitFor(async () => (await atBridge()).status === 404, { what: 'the bridge to have forgotten the login' })
    await expect(story.world.phones.act(ours, 'scan', { data: qr?.data })).rejects.toThrow('400')
  })

  test('13.8 pairing code: a number as at home is refused in words; a right one gets its code, and the phone is linked', async () => {
    const params = me
    for (const phone_number of ['0501234567', '+0501234567', '+38']) {
      const refused = await story.admin.refused('connectWhatsapp', { params, body: { method: 'phone', phone_number } })
      expect(refused).toMatchObject({ status: 400, errors: [{ pointer: '/phone_number' }] })
    }
    let login = await connect(story.admin, { method: 'phone', phone_number: other })
    while (login.status === 'starting') login = await next(login)
    expect(login).toMatchObject({ status: 'show_code', code: expect.stringMatching(/^[1-9A-Z]{4}-[1-9A-Z]{4}$/) })
    await story.world.phones.act(other, 'scan', { code: login.code })
    expect(await finished(story.admin)).toMatchObject({ status: 'connected' })
    await channelWhen(story, other, 'connected')
  })

  test('13.6 connection cut at a wait: the same login goes on and no code is missed', async () => {
    const starts = () => door.asked.filter((request) => request.includes('/login/start/')).length
    const before = starts()
    const seen: number[] = []
    let login = await connect()
    for (; login.qr !== undefined && login.qr.number < 4; login = await next(login)) {
      seen.push(login.qr.number)
      await waitFor(() => door.cut() > 0, { what: 'somebody to wait at the bridge' })
    }
    expect([...seen, login.qr?.number]).toEqual([1, 2, 3, 4])
    await story.world.phones.act(petro, 'scan', { data: login.qr?.data })
    expect(await finished(story.admin)).toMatchObject({ status: 'connected' })
    expect(starts() - before).toBe(1)
  })

  test('13.9 our server ends between the bridge’s success and our row: the next one finds the number, once', async () => {
    const shut = door.shutAtCompletion()
    const { qr } = await connect()
    await story.world.phones.act(ours, 'scan', { data: qr?.data })
    await shut
    expect((await story.admin.call('listChannels')).items.map(({ phone }) => phone)).not.toContain(ours)
    await story.world.product.stop()
    door.open()
    await story.world.product.start()
    story.channel = await channelWhen(story, ours, 'connected')
    expect(await finished(story.admin)).toMatchObject({ status: 'connected', channel_id: story.channel.id })
    const { items } = await story.admin.call('listChannels')
    expect(items.filter(({ phone }) => phone === ours)).toMatchObject([{ owner_id: story.admin.user.id }])
  })

  test('13.10 unlinked on the phone: said by the bridge; linked again, it is the same conversation', async () => {
    const { phones } = story.world
    const write = (text: string) => phones.write(olena, { to: ours, type: 'text', text })
    await write('до розриву')
    await sees(story.admin, 'до розриву')
    await phones.act(ours, 'unlink')
    await channelWhen(story, ours, 'logged_out')
    const login = await linkByQr(story.world, story.admin, ours)
    expect(login).toMatchObject({ channel_id: story.channel.id })
    expect(login).not.toHaveProperty('instead_of')
    await write('після')
    await sees(story.admin, 'після')
    expect(await conversationsOf(story.admin, story.channel.id)).toHaveLength(1)
  })

  test('13.10 another number than the one that was lost is told, and takes nothing of it over', async () => {
    const { phones } = story.world
    await phones.act(ours, 'unlink')
    await channelWhen(story, ours, 'logged_out')
    const instead = '+380671110077'
    const login = await linkByQr(story.world, story.admin, instead)
    expect(login).toMatchObject({ status: 'connected', instead_of: ours })
    expect(login.channel_id).not.toBe(story.channel.id)
    expect(await linkByQr(story.world, story.admin, ours)).toMatchObject({ channel_id: story.channel.id })
  })

  test('13.11 number taken: who scanned it waits for an admin; then it goes over, and its former owner sees nothing of it', async () => {
    const [first, second] = [await addAgent(story, 'taras@example.org', 'Тарас'), await addAgent(story, 'ivan@example.org', 'Іван')]
    const phone = '+380931112233'
    const { channel_id } = await linkByQr(story.world, first, phone)
    const write = (text: string) => story.world.phones.write(olena, { to: phone, type: 'text', text })
    await write('до передачі')
    await sees(first, 'до передачі')
    expect(await second.refused('connectWhatsapp', { params: me, body: { method: 'phone', phone_number: phone } })).toMatchObject({
      code: 'number_taken',
    })
    await linkByQr(story.world, second, phone).catch(() => undefined)
    expect(await finished(second)).toMatchObject({ status: 'failed', error: { code: 'transfer_pending' } })
    await write('поки чекають')
    await waitFor(async () => (await story.admin.call('getOperations')).deferred_events > 0, { what: 'it to be put aside' })
    expect(await conversationsOf(second)).toEqual([])
    const [asked] = (await story.admin.call('listTransfers', { query: { status: 'pending' } })).items
    await story.admin.call('acceptTransfer', { params: { transfer_id: asked?.id ?? '' } })
    await sees(second, 'поки чекають')
    expect(await textsOf(second)).toEqual(['до передачі', 'поки чекають'])
    expect((await second.call('listChannels')).items).toMatchObject([{ id: channel_id, status: 'connected' }])
    expect(await conversationsOf(first)).toEqual([])
  })
})

async function textsOf(person: Person): Promise<readonly (string | undefined)[]> {
  return (await inboxOf(person)).map((message) => ('text' in message ? message.text : undefined))
}

async function sees(person: Person, text: string): Promise<void> {
  await waitFor(async () => (await textsOf(person)).includes(text), { what: `"${text}" to be seen`, timeout: 60_000 })
}
