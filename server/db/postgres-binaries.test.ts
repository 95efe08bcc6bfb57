import { spawnSync } from 'node:child_process'
import { chmodSync, cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { findPostgres } from './postgres-binaries.ts'

let dir: string

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'mistok-binaries-'))
  chmodSync(dir, 0o755)
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

/** A copy of the package as npm unpacks it, without the links. */
function copyPackage(): string {
  const packageDir = join(dir, 'package')
  const original = dirname(dirname(dirname(findPostgres({ linksDir: dir }).postgres)))
  for (const part of ['package.json', 'native/bin', 'native/lib', 'native/pg-symlinks.json'])
    cpSync(join(original, part), join(packageDir, part), { recursive: true })
  for (const { target } of readLinks(packageDir)) rmSync(join(packageDir, target), { force: true })
  return packageDir
}

function readLinks(packageDir: string): { target: string }[] {
  return JSON.parse(readFileSync(join(packageDir, 'native/pg-symlinks.json'), 'utf8'))
}

const runs = (program: string, env: Record<string, string>) => spawnSync(program, ['--version'], { env }).status === 0

test('gives the libraries of a freshly unpacked package the names by which they are loaded', () => {
  const packageDir = copyPackage()
  expect(runs(join(packageDir, 'native/bin/postgres'), {})).toBe(false)
  const found = findPostgres({ packageDir, linksDir: join(dir, 'links') })
  expect(found.env).toEqual({})
  expect(found.version).toMatch(/^\d+\.\d+/)
  expect(runs(found.postgres, found.env)).toBe(true)
  expect(existsSync(join(dir, 'links'))).toBe(false)
})

test('links beside the data where the package may not be written', () => {
  const packageDir = copyPackage()
  const found = findPostgres({ packageDir, linksDir: join(dir, 'links'), isWritable: () => false })
  expect(runs(found.postgres, found.env)).toBe(true)
  expect(runs(found.initdb, found.env)).toBe(true)
  expect(findPostgres({ packageDir, linksDir: join(dir, 'links'), isWritable: () => false })).toEqual(found)
})
