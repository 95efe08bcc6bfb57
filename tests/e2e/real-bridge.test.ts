import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Config } from '../../cli/stack/bridge-config.ts'
import type { Check } from '../../contract/settings.ts'
import { conversationsOf, linkByQr, messagesOf, sendAndDeliver } from '../support/inbox.ts'
import { tellNewcomer } from '../support/newcomer.ts'
import { makeFirstAdmin } from '../support/newcomer/linking.ts'
import { arrival, beginStory, channelWhen, olena, ours, type Story } from '../support/newcomer/story.ts'
import { noAudit, type World } from '../support/world.ts'
import { realPrefix, type RealBridge, startRealBridge } from './real-bridge.ts'
import { changedConfig } from './real-bridge/config.ts'
import { openSynapseWorld } from './synapse-world.ts'
import { waitFor } from './wait.ts'

function openRealWorld(openBridge: typeof startRealBridge): Promise<World> {
  return openSynapseWorld({ intake: 'push_and_sync', ...noAudit, registered: true, loginLimits: 'high', openBridge })
}

tellNewcomer('on Synapse, with the real bridge framework, by what is pushed alone', () => openRealWorld(startRealBridge), {
  intake: 'push_and_sync',
  warnings: [],
})

describe('the real bridge framework', { timeout: 120_000 }, () => {
  let bridge: RealBridge
  let story: Story

  beforeAll(async () => {
    story = beginStory(await openRealWorld(async (place) => (bridge = await startRealBridge(place, withoutCommands))))
    await makeFirstAdmin(story)
  })
  afterAll(async () => {
    story?.stream?.close()
    await story?.world[Symbol.asyncDispose]()
  })

  test('it knows every key of our config', () => {
    const { written, kept } = bridge.config()
    const known = new Set(pathsOf(kept))
    expect(pathsOf(written).filter((path) => !known.has(path))).toEqual([])
  })

  test('13.18 a phone is linked by somebody whom the bridge takes no commands from, and writes and reads', async () => {
    await story.admin.call('saveMatrixSystemConfig', { body: story.world.settings })
    await linkByQr(story.world, story.admin, ours)
    story.channel = await channelWhen(story, ours, 'connected')
    await story.world.phones.write(olena, { to: ours, type: 'text', text: 'Є хто?' })
    await arrival(story, (message) => 'text' in message && message.text === 'Є хто?')
    story.olena = (await conversationsOf(story.admin))[0]!
    await sendAndDeliver(story.admin, story.olena, { text: `${realPrefix} logout — це не команда` })
    const received = await story.world.phones.received(olena)
    expect(received.at(-1)?.text).toContain('logout — це не команда')
  })

  test('13.20 it is killed while customers write: all of it is there afterwards, once and in order', async () => {
    const said = Array.from({ length: 40 }, (_, index) => `рядок ${index}`)
    for (const [index, text] of said.entries()) {
      if (index === 15) await bridge.kill()
      await story.world.phones.write(olena, { to: ours, type: 'text', text })
    }
    await bridge.start()
    const lines = async () =>
      (await messagesOf(story.admin, story.olena)).flatMap((message) => ('text' in message ? (message.text ?? '') : ''))
    await waitFor(async () => (await lines()).includes('рядок 39'), { what: 'the last line', timeout: 60_000 })
    const found = (await lines()).filter((text) => text.startsWith('рядок'))
    // One may be doubled: the homeserver had it, and the bridge died before it noted that (protocol/bridge.md 8.4).
    expect([...new Set(found)]).toEqual(said)
    expect(found.length).toBeLessThanOrEqual(said.length + 1)
  })

  test('13.20 in the default mode what it held when it was killed is missing: settings and doctor tell where to look', async () => {
    const settings = await story.admin.call('saveMatrixSystemConfig', { body: story.world.settings })
    const atSaving = settings.checks.find(({ id }) => id === 'bridge_durable_mode')
    expect(atSaving).toMatchObject({ status: 'skipped', fix: expect.stringContaining('portal_event_buffer is 0') })
    expect(await doctorOf(bridge)).toMatchObject({ status: 'ok' })
    await bridge.restart((config) => changedConfig({ bridge: { portal_event_buffer: heldByDefault } })(withoutCommands(config)))
    expect(await doctorOf(bridge)).toMatchObject({ status: 'warning', detail: expect.stringMatching(/is 64\b.*is lost/) })

    const said = Array.from({ length: 100 }, (_, index) => `без сліду ${index}`)
    for (const text of said) await story.world.phones.write(olena, { to: ours, type: 'text', text })
    await bridge.kill()
    await bridge.start()
    await story.world.phones.write(olena, { to: ours, type: 'text', text: 'без сліду 100' })
    const lines = async () =>
      (await messagesOf(story.admin, story.olena)).flatMap((message) => ('text' in message ? (message.text ?? '') : ''))
    await waitFor(async () => (await lines()).includes('без сліду 100'), { what: 'the last line', timeout: 60_000 })
    const found = (await lines()).filter((text) => said.includes(text))
    expect([...new Set(found)]).toEqual(said.filter((text) => found.includes(text)))
    // No more is lost than its queue of the chat, what it had in hand, and what waited for a place in the queue.
    expect(said.filter((text) => !found.includes(text)).length).toBeLessThanOrEqual(heldByDefault + 2)
    await bridge.restart(withoutCommands)
  })

  test('13.10 the phone unlinks the device: the number is said to be logged out', async () => {
    await story.world.phones.act(ours, 'unlink')
    await channelWhen(story, ours, 'logged_out')
    expect(await story.world.phones.isLinked(ours)).toBe(false)
  })

  test('13.10 it is linked again: the same number, the same conversation', async () => {
    await linkByQr(story.world, story.admin, ours)
    const channel = await channelWhen(story, ours, 'connected')
    expect(channel.id).toBe(story.channel.id)
    await story.world.phones.write(olena, { to: ours, type: 'text', text: 'Знову тут?' })
    const arrived = await arrival(story, (message) => 'text' in message && message.text === 'Знову тут?')
    expect(arrived.conversation_id).toBe(story.olena.id)
  })
})

/** How many events of a chat the framework holds unless it is told otherwise (protocol/bridge.md 8.3). */
const heldByDefault = 64

/** What `mistok doctor` finds of the bridge's way of taking messages in its config, as the bridge itself has written it anew. */
async function doctorOf({ configFile }: RealBridge): Promise<Check | undefined> {
  const main = join(import.meta.dirname, '../../cli/main.ts')
  const env = { PATH: process.env['PATH'], MISTOK_DATA_DIR: `${configFile}.no-data` }
  const args = [main, 'doctor', '--json', '--bridge-config', configFile]
  const { stdout } = await promisify(execFile)(process.execPath, args, { env, timeout: 60_000 })
  return (JSON.parse(stdout) as { checks: Check[] }).checks.find(({ id }) => id === 'bridge_durable_mode')
}

/** The stricter permissions of safety.md 13. */
function withoutCommands(config: Config): Config {
  return JSON.parse(JSON.stringify(config).replace('"commands":true', '"commands":false')) as Config
}

/** The path of each key in a YAML text of plain nested keys. */
function pathsOf(yaml: string): string[] {
  const above: { indent: number; key: string }[] = []
  return yaml.split('\n').flatMap((line) => {
    const [, indent, key] = /^( *)(?:['"])?([^#'":\s][^'":]*|[*@][^'"]*)(?:['"])?:(?: |$)/.exec(line) ?? []
    if (indent === undefined || key === undefined) return []
    while ((above.at(-1)?.indent ?? -1) >= indent.length) above.pop()
    above.push({ indent: indent.length, key })
    return [above.map((part) => part.key).join('.')]
  })
}
