import { expect, test } from 'vitest'
import { makeFirstAdmin } from '../support/newcomer/linking.ts'
import { beginStory } from '../support/newcomer/story.ts'
import { openWorld } from '../support/world.ts'

test(
  'settings are tried out before they are saved: nothing is kept, and the session that is in use lives on',
  { timeout: 60_000 },
  async () => {
    await using world = await openWorld({ registered: true, intake: 'push_and_sync', timeScale: 0.1 })
    const story = beginStory(world)
    await makeFirstAdmin(story)
    story.stream.close()
    const { admin } = story
    const wrong = (checks: readonly { readonly id: string; readonly status: string }[]) =>
      checks.filter(({ status }) => status === 'error').map(({ id }) => id)

    const before = await admin.call('tryMatrixSystemConfig', { body: world.settings })
    expect(before.checks.length).toBeGreaterThan(5)
    expect(wrong(before.checks)).toEqual([])
    expect((await admin.refused('getMatrixSystemConfig')).code).toBe('not_found')

    // Without a kept password a session that had died would not come back.
    const saved = await admin.call('saveMatrixSystemConfig', { body: { ...world.settings, forget_admin_password: true } })
    expect(wrong((await admin.call('tryMatrixSystemConfig', { body: world.settings })).checks)).toEqual([])
    const elsewhere = { ...world.settings, homeserver_url: 'http://127.0.0.1:9' }
    expect(wrong((await admin.call('tryMatrixSystemConfig', { body: elsewhere })).checks)).toEqual(['homeserver'])
    const mistyped = { ...world.settings, admin_password: 'not the password' }
    const { checks } = await admin.call('tryMatrixSystemConfig', { body: mistyped })
    expect(checks.find(({ id }) => id === 'admin')?.status).not.toBe('ok')
    expect((await admin.call('getMatrixSystemConfig')).updated_at).toBe(saved.updated_at)
    const { admin_password: _, ...unchanged } = world.settings
    const again = await admin.call('saveMatrixSystemConfig', { body: unchanged })
    expect(again.checks.find(({ id }) => id === 'admin')?.status).toBe('ok')
  },
)
