import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['{contract,server,sandbox,cli,scripts,web}/**/*.test.{ts,tsx}', 'tests/{contract,flows,support}/**/*.test.ts'],
    exclude: ['**/node_modules/**', 'scripts/fixtures/**', 'dist/**'],
    globalSetup: ['tests/global-setup.ts'],
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 90_000,
    teardownTimeout: 20_000,
    unstubEnvs: true,
  },
})
