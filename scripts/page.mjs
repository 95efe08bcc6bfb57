import { createHash } from 'node:crypto'
import { existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root, run } from './bootstrap.mjs'

const marker = join(root, 'dist', 'web', '.sources')

/** Whether the built page is missing or older than its sources. A package without the sources is taken as it is. */
export function isPageStale() {
  return existsSync(join(root, 'web', 'vite.config.ts')) && !(existsSync(marker) && readFileSync(marker, 'utf8') === hashSources())
}

/**
 * Builds the page into `dist/web` with the given Node and returns the exit code; the marker is written last, so that half a build is none.
 */
export async function buildPage(node) {
  const hash = hashSources()
  rmSync(marker, { force: true })
  console.error('Building the page.')
  const code = await run(node, [join('node_modules', 'vite', 'bin', 'vite.js'), 'build', 'web', '--logLevel', 'warn'], ['ignore', 2, 2])
  if (code === 0) writeFileSync(marker, hash)
  return code
}

function hashSources() {
  const hash = createHash('sha256')
  for (const file of [...listFiles('web'), ...listFiles('contract'), 'package-lock.json']) {
    hash.update(`${file}\0`).update(readFileSync(join(root, file)))
  }
  return hash.digest('hex')
}

function listFiles(dir) {
  const entries = readdirSync(join(root, dir), { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))
  return entries.flatMap((entry) => (entry.isDirectory() ? listFiles(join(dir, entry.name)) : [join(dir, entry.name)]))
}
