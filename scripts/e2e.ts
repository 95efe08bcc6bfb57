// npm run e2e: the tests that need a real Synapse, the real bridge framework or a browser, one after the other. Says first what is missing and
// how to get it; what needs it fails with the same words. Arguments are passed on to vitest; the last line is that of npm test.
import { join } from 'node:path'
import { buildBridge } from '../tests/e2e/real-bridge-build.ts'
import { findChromium, findGo, findPython } from '../tests/e2e/requirements.ts'
import { installSynapse } from '../tests/e2e/synapse-install.ts'

const go = findGo()
const requirements = [findPython(), findChromium(), go]
for (const requirement of requirements) {
  if ('missing' in requirement) console.error(`${requirement.name} is missing: ${requirement.missing}`)
}
await said(() => installSynapse((line) => console.error(line)))
if ('path' in go) await said(() => buildBridge((line) => console.error(line)))

const runner = join(import.meta.dirname, 'test.mjs')
process.execve?.(process.execPath, [process.execPath, runner, '--config', 'vitest.e2e.config.ts', ...process.argv.slice(2)])

/** What fails here fails again, with the same words, in the tests that need it; the others run. */
async function said(work: () => Promise<unknown>): Promise<void> {
  try {
    await work()
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
  }
}
