import { execFile } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { copyFile, mkdir, rename, rm } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { findPython, need } from './requirements.ts'

const run = promisify(execFile)
const REQUIREMENTS = join(import.meta.dirname, 'requirements.txt')
const INSTALL_LIMIT = 10 * 60_000

/** Where what is costly to fetch or build is kept between runs: outside the clone. */
export function cacheFolder(): string {
  const cache = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache')
  return process.env['MISTOK_CACHE'] ?? join(cache, 'mistok')
}

function wantedVersion(requirements: string): string {
  const version = /^matrix-synapse==(\S+)$/m.exec(requirements)?.[1]
  if (version === undefined) throw new Error('tests/e2e/requirements.txt pins no matrix-synapse')
  return version
}

/** Where Synapse is, or where it will be once installed: a virtual environment outside the clone, kept between runs. */
function synapseHome(): { version: string; folder: string; python: string; ready: boolean } {
  const wanted = readFileSync(REQUIREMENTS, 'utf8')
  const version = wantedVersion(wanted)
  const folder = join(cacheFolder(), `synapse-${version}`)
  const python = join(folder, 'bin', 'python')
  const installed = join(folder, 'requirements.txt')
  const ready = existsSync(python) && existsSync(installed) && readFileSync(installed, 'utf8') === wanted
  return { version, folder, python, ready }
}

/**
 * Installs the pinned Synapse from PyPI where it is not there yet (a minute, once) and gives its Python. Made in a folder of its
 * own and renamed when complete, so a broken or a parallel install is never taken for a good one.
 */
export async function installSynapse(log: (line: string) => void = console.log): Promise<string> {
  const home = synapseHome()
  if (home.ready) return home.python
  const python = need(findPython())
  log(`installing Synapse ${home.version} into ${home.folder} (once, about a minute)`)
  const partial = `${home.folder}.${process.pid}.partial`
  await mkdir(cacheFolder(), { recursive: true })
  try {
    await run(python, ['-m', 'venv', partial], { timeout: INSTALL_LIMIT })
    const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--only-binary', ':all:', '-r', REQUIREMENTS]
    await run(join(partial, 'bin', 'python'), pip, { timeout: INSTALL_LIMIT })
    await copyFile(REQUIREMENTS, join(partial, 'requirements.txt'))
    if (!synapseHome().ready) {
      await rm(home.folder, { recursive: true, force: true })
      await rename(partial, home.folder)
    }
  } catch (error) {
    const said = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : String(error)
    throw new Error(`Synapse ${home.version} could not be installed from PyPI:\n${said}`, { cause: error })
  } finally {
    await rm(partial, { recursive: true, force: true })
  }
  return home.python
}
