import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** What takes longest, by file; begun last, it would keep one core waiting for the other. */
const long = ['catch-up', 'torture', 'mapping-in', 'newcomer', 'bridge-honesty', 'honesty', 'real-bridge.test', 'linking']

class LongestFirst extends BaseSequencer {
  override sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const named = (name: string) => files.filter(({ moduleId }) => moduleId.includes(`/${name}`))
    return Promise.resolve([...new Set([...long.flatMap(named), ...files])])
  }
}

// Two files at a time: each starts a Synapse, a PostgreSQL or a browser, which fill about one core.
export default defineConfig({
  test: {
    include: ['tests/e2e/**/*.test.ts', 'tests/flows/mapping-*.test.ts'],
    // What can be told on any homeserver and bridge is told on a real one here, with the real bridge framework.
    env: { MISTOK_TEST_HOMESERVER: 'synapse', MISTOK_TEST_BRIDGE: 'real' },
    globalSetup: ['tests/global-setup.ts'],
    sequence: { sequencer: LongestFirst },
    maxWorkers: 2,
    testTimeout: 180_000,
    hookTimeout: 300_000,
    teardownTimeout: 60_000,
  },
})
