import { execFile } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFailed, test } from 'vitest'
import type { Check } from '../../contract/settings.ts'
import { type Person, signIn } from '../support/api-client.ts'
import { conversationsOf, linkByQr } from '../support/inbox.ts'
import { checkComposeFile } from './compose-schema.ts'
import { openStackWorld, type StackWorld } from './stack-world.ts'
import type { RunningUnit } from './stack-units.ts'
import { waitFor } from './wait.ts'

const run = promisify(execFile)
const [ours, olena] = ['+380671110001', '+380671110002']

describe('what `mistok stack` writes', { timeout: 240_000 }, () => {
  let world: StackWorld
  let admin: Person
  const units: RunningUnit[] = []

  beforeAll(async () => {
    world = await openStackWorld()
    // Mistok first: it waits for the others by itself.
    for (const unit of ['mistok', 'mistok-synapse', 'mistok-bridge'] as const) units.push(await world.start(unit))
    admin = await signIn(world.url, world.admin)
  })
  beforeEach(() => onTestFailed(() => console.error(units.map((unit) => unit.logTail()).join('\n\n'))))
  afterAll(async () => {
    for (const unit of units.toReversed()) await unit[Symbol.asyncDispose]()
    await world?.[Symbol.asyncDispose]()
  })

  const files = () => ({ bridge: join(world.folder, 'bridge/config.yaml'), homeserver: join(world.folder, 'synapse/homeserver.yaml') })
  async function doctor(lang = 'en'): Promise<readonly Check[]> {
    const said = await world.run('doctor', '--json', '--lang', lang)
    return (JSON.parse(said) as { checks: Check[] }).checks
  }

  test('sets itself up as soon as homeserver and bridge are there', async () => {
    const read = () => admin.call('getMatrixSystemConfig').catch(() => undefined)
    const isUp = async () => (await read())?.checks.every(({ status }) => status === 'ok' || status === 'skipped') ?? false
    await waitFor(isUp, { what: 'the Matrix road to be set up', timeout: 90_000, interval: 500 })
    expect(await read()).toMatchObject({ has_bridge_admin_secret: true, has_bridge_as_token: true, intake: 'push_and_sync' })
  })

  test('the doctor finds nothing to change', async () => {
    const rest = (await doctor()).filter(({ status }) => status !== 'ok')
    // Nobody answers for the domain here, Meta has not been set up, and ffmpeg is left out of the tests.
    expect(rest.map(({ id, status }) => [id, status])).toEqual([
      ['ffmpeg', 'skipped'],
      ['certificate', 'warning'],
      ['meta_account', 'skipped'],
    ])
    const inEnglish = (await doctor('uk')).filter(({ detail }) => !/[а-яіїєґ]/i.test(detail) && / [a-z]+ [a-z]+ /.test(detail))
    expect(inEnglish).toEqual([])
  })

  test('a phone is linked, a customer is answered, and the tick goes to read', async () => {
    expect((await linkByQr(world, admin, ours)).status).toBe('connected')
    await world.phones.write(olena, { to: ours, type: 'text', text: 'Це є в наявності?' })
    const conversation = await waitFor(
      async () => (await conversationsOf(admin)).find(({ last_message }) => last_message?.preview === 'Це є в наявності?'),
      { what: 'the message in the inbox', timeout: 60_000 },
    )
    const params = { conversation_id: conversation.id }
    const { id } = await admin.call('sendMessage', { params, body: { text: 'Так, є три кольори.' } })
    await waitFor(async () => (await world.phones.received(olena)).some(({ text }) => text === 'Так, є три кольори.'), {
      what: 'the answer on the phone',
      timeout: 60_000,
    })
    await world.phones.act(olena, 'read', { chat: ours })
    const sent = async () => (await admin.call('listMessages', { params })).items.find((message) => message.id === id)
    await waitFor(async () => (await sent())?.status === 'read', { what: 'the tick', timeout: 60_000 })
  })

  test.each<[what: string, file: 'bridge' | 'homeserver', from: RegExp, to: string, check: string, words: RegExp]>([
    ['backfill off', 'bridge', /(backfill:\n\s+enabled:) true/, '$1 false', 'bridge_history', /without its history/],
    ['rooms that two numbers share', 'bridge', /split_portals: true/, 'split_portals: false', 'bridge_split_rooms', /share a room/],
    ['durable mode off', 'bridge', /portal_event_buffer: 0/, 'portal_event_buffer: 64', 'bridge_durable_mode', /is lost/],
    ['no double puppeting', 'bridge', /as_token:[0-9a-f]+/, '', 'bridge_double_puppet', /as if a stranger/],
    ['no word on what was sent', 'bridge', /message_status_events: true/, 'message_status_events: false', 'bridge_ticks', /in doubt/],
    ['a registration that is not loaded', 'homeserver', /\n.*whatsapp\.yaml"?/, '', 'registration_bridge', /never arrives/],
    [
      'registration for strangers',
      'homeserver',
      /enable_registration: false/,
      'enable_registration: true',
      'homeserver_registration',
      /Anybody/,
    ],
  ])('%s is named', async (_, file, from, to, check, words) => {
    const path = files()[file]
    const text = readFileSync(path, 'utf8')
    expect(text).toMatch(from)
    writeFileSync(path, text.replace(from, to))
    try {
      const found = (await doctor()).find(({ id }) => id === check)
      const named = { status: expect.stringMatching(/warning|error/), detail: expect.stringMatching(words), fix: expect.any(String) }
      expect(found).toMatchObject(named)
      // The settings page shows the same, at once.
      const { checks } = await admin.call('getMatrixSystemConfig')
      expect(checks.find(({ id }) => id === check)).toMatchObject(named)
    } finally {
      writeFileSync(path, text)
    }
  })

  test.each<[what: string, from: RegExp, to: string, words: RegExp]>([
    ['for other names', /whatsapp_\.\*/, 'telegram_.*', /never arrives/],
    ['without read marks and typing', /receive_ephemeral: true|push_ephemeral: true/g, 'other: false', /receive_ephemeral/],
  ])('a registration %s is named', async (_, from, to, words) => {
    const path = join(world.folder, 'synapse/whatsapp.yaml')
    const text = readFileSync(path, 'utf8')
    writeFileSync(path, text.replaceAll(new RegExp(from, 'g'), to))
    try {
      expect((await doctor()).find(({ id }) => id === 'registration_bridge')?.detail).toMatch(words)
    } finally {
      writeFileSync(path, text)
    }
  })

  test('the compose file is one by the specification', async () => {
    const out = join(world.folder, 'docker')
    await world.run('stack', '--docker', '--domain', 'crm.example.com', '--out', out)
    await expect(checkComposeFile(join(out, 'compose.yaml'))).resolves.toBeUndefined()
  })

  test('systemd and the shell find no fault with units and scripts', async () => {
    const names = readdirSync(join(world.folder, 'units')).map((name) => join(world.folder, 'units', name))
    const said = await run('systemd-analyze', ['verify', '--man=no', '--recursive-errors=no', ...names], { timeout: 60_000 })
    expect(said.stderr).toBe('')
    for (const script of ['install.sh', 'backup.sh', 'restore.sh', 'mistokctl'])
      expect((await run('bash', ['-n', join(world.folder, script)])).stderr).toBe('')
  })
})
