import { defineConfig } from 'vitest/config'

// One worker, one file after the other: each file starts a Synapse, a PostgreSQL or a browser, and two cores carry one of them at a time.
export default defineConfig({
  test: {
    include: ['tests/e2e/**/*.test.ts', 'tests/flows/mapping-*.test.ts'],
    // What can be told on any homeserver is told on a real one here.
    env: { MISTOK_TEST_HOMESERVER: 'synapse' },
    globalSetup: ['tests/global-setup.ts'],
    fileParallelism: false,
    maxWorkers: 1,
    testTimeout: 180_000,
    hookTimeout: 300_000,
    teardownTimeout: 60_000,
  },
})
