// npm run e2e: the tests that need a real Synapse or a browser, one after the other. Says first what is missing and how to get it; what
// needs it fails with the same words. Arguments are passed on to vitest; the last line is that of npm test.
import { join } from 'node:path'
import { findChromium, findPython } from '../tests/e2e/requirements.ts'
import { installSynapse } from '../tests/e2e/synapse-install.ts'

const requirements = [findPython(), findChromium()]
for (const requirement of requirements) {
  if ('missing' in requirement) console.error(`${requirement.name} is missing: ${requirement.missing}`)
}
try {
  await installSynapse((line) => console.error(line))
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
}

const runner = join(import.meta.dirname, 'test.mjs')
process.execve?.(process.execPath, [process.execPath, runner, '--config', 'vitest.e2e.config.ts', ...process.argv.slice(2)])
