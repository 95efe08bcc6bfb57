import { defineConfig } from 'vitest/config'

// One worker, one file after the other: each file starts a Synapse, a PostgreSQL or a browser, and two cores carry one of them at a time.
export default defineConfig({
  test: {
    include: ['tests/e2e/**/*.test.ts', 'tests/flows/mapping-*.test.ts'],
    // What can be told on any homeserver and bridge is told on a real one here, with the real bridge framework.
    env: { MISTOK_TEST_HOMESERVER: 'synapse', MISTOK_TEST_BRIDGE: 'real' },
    globalSetup: ['tests/global-setup.ts'],
    fileParallelism: false,
    maxWorkers: 1,
    testTimeout: 180_000,
    hookTimeout: 300_000,
    teardownTimeout: 60_000,
  },
})
