import { expect, test } from 'vitest'
import { limits } from '../e2e/honesty/limits.ts'
import { readRecorded } from '../e2e/honesty/recorded.ts'
import { runSection, type World } from '../e2e/honesty/script.ts'
import { sections } from '../e2e/honesty/sections.ts'
import { differences } from '../e2e/honesty/transcript.ts'
import { openSandboxWorld } from '../e2e/honesty/worlds.ts'

// The same script runs against a real Synapse in tests/e2e/honesty.test.ts, which keeps what is recorded true.
test.each([
  { loginLimits: 'high', topics: sections },
  { loginLimits: 'default', topics: [limits] },
] as const)(
  'the sandbox homeserver does what Synapse did, $loginLimits limits',
  async ({ loginLimits, topics }) => {
    await using world: World & AsyncDisposable = await openSandboxWorld(loginLimits, 0.05)
    const found: string[] = []
    for (const section of topics) {
      const places = differences(readRecorded(section), await runSection(section, world))
      found.push(...places.map((place) => `${section.name}: ${place}`))
    }
    expect(found.join('\n')).toBe('')
  },
  60_000,
)
