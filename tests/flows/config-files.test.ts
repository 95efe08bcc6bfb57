import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { makePlan, usualPorts } from '../../cli/stack/plan.ts'
import { stackFiles, writeFiles } from '../../cli/stack/files.ts'
import { makeFirstAdmin } from '../support/newcomer/linking.ts'
import { beginStory } from '../support/newcomer/story.ts'
import { openWorld } from '../support/world.ts'

test('the settings show what stands in the config files of homeserver and bridge, as it is now', { timeout: 60_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'mistok-config-files-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const order = {
    domain: 'crm.example.com',
    serverName: 'mistok.test',
    adminEmail: 'you@example.com',
    tls: 'auto',
    ports: usualPorts,
  } as const
  const files = stackFiles(makePlan({ ...order, kind: 'docker', folder, checkout: '/opt/mistok-src', user: 1000 }))
  writeFiles(folder, files)
  const configFiles = { homeserver: join(folder, 'synapse/homeserver.yaml'), bridge: join(folder, 'bridge/config.yaml') }
  await using world = await openWorld({ registered: true, intake: 'push_and_sync', timeScale: 0.1, configFiles })
  const story = beginStory(world)
  await makeFirstAdmin(story)
  story.stream.close()
  const { admin } = story
  const found = (checks: readonly { readonly id: string; readonly status: string }[]) =>
    checks.filter(({ status }) => status !== 'ok').map(({ id, status }) => [id, status])
  const saved = await admin.call('saveMatrixSystemConfig', { body: world.settings })
  expect(found(saved.checks)).toEqual([])
  expect(saved.checks).toContainEqual(expect.objectContaining({ id: 'bridge_durable_mode', status: 'ok' }))

  writeFileSync(configFiles.bridge, (files['bridge/config.yaml'] ?? '').replace('split_portals: true', 'split_portals: false'))
  rmSync(join(folder, 'synapse/whatsapp.yaml'))
  rmSync(configFiles.homeserver)
  expect(found((await admin.call('getMatrixSystemConfig')).checks)).toEqual([
    ['homeserver_config', 'error'],
    ['bridge_split_rooms', 'warning'],
  ])
})
