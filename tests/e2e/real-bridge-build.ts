import { execFile, execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { mkdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { findGo, need } from './requirements.ts'
import { cacheFolder } from './synapse-install.ts'

const run = promisify(execFile)
const SOURCE = join(import.meta.dirname, '..', 'bridge')
const BUILD_LIMIT = 20 * 60_000

/** A name for the program that these sources and this Go make. */
function programFor(go: string): string {
  const hash = createHash('sha256').update(execFileSync(go, ['version']))
  for (const file of globSync(['go.mod', 'go.sum', '**/*.go', '**/*.yaml'], { cwd: SOURCE }).toSorted()) {
    hash.update(`\0${file}\0`).update(readFileSync(join(SOURCE, file)))
  }
  return join(cacheFolder(), `bridge-${hash.digest('hex').slice(0, 16)}`)
}

/**
 * Builds `tests/bridge/` where it is not built yet and gives the program. The first time its modules are fetched and all of them compiled
 * (four minutes on one core); later only what changed. Built beside and renamed, so that half a program is never taken for one.
 */
export async function buildBridge(log: (line: string) => void = console.log): Promise<string> {
  const go = need(findGo())
  const program = programFor(go)
  if (existsSync(program)) return program
  log(`building the bridge of the tests into ${program} (some minutes the first time)`)
  const partial = `${program}.${process.pid}.partial`
  await mkdir(cacheFolder(), { recursive: true })
  try {
    const env = { ...process.env, CGO_ENABLED: '1' }
    await run(go, ['build', '-tags', 'goolm', '-trimpath', '-o', partial, '.'], { cwd: SOURCE, env, timeout: BUILD_LIMIT })
    await rename(partial, program)
  } catch (error) {
    const said = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : String(error)
    throw new Error(`the bridge of the tests could not be built:\n${said}`, { cause: error })
  } finally {
    await rm(partial, { force: true })
  }
  return program
}
